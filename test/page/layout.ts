/** Runs in the page. What stands out of the window to the right, and which texts lie on each other, in words. */
export function layoutMistakes(): readonly string[] {
  const words = (text: string): string => text.trim().replace(/\s+/g, ' ').slice(0, 60);
  const isShown = (element: Element): boolean =>
    element.checkVisibility({ checkOpacity: true, checkVisibilityCSS: true }) && !element.closest('thead');
  const width = document.documentElement.clientWidth;
  const mistakes: string[] = [];
  if (document.documentElement.scrollWidth > width)
    mistakes.push(`the page is ${document.documentElement.scrollWidth} pixels wide, the window ${width}`);

  const texts: { node: Node; text: string; left: number; right: number; top: number; bottom: number }[] = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const text = node.textContent ?? '';
    if (text.trim() === '' || !node.parentElement || !isShown(node.parentElement)) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    for (const { left, right, top, bottom, height } of range.getClientRects()) {
      // A line's box is higher than its letters.
      const air = height * 0.1;
      texts.push({ node, text, left, right, top: top + air, bottom: bottom - air });
    }
  }
  for (const { text, left, right } of texts)
    if (left < -1 || right > width + 1) mistakes.push(`“${words(text)}” stands out of the window`);

  texts.sort((a, b) => a.top - b.top);
  texts.forEach((one, index) => {
    for (const other of texts.slice(index + 1)) {
      if (other.top >= one.bottom - 1) break;
      const shared = Math.min(one.right, other.right) - Math.max(one.left, other.left);
      if (other.node !== one.node && shared > 1)
        mistakes.push(`“${words(one.text)}” and “${words(other.text)}” lie on each other`);
    }
  });
  return mistakes;
}
