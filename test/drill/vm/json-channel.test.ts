import { JsonLines } from '../../../lib/drill/vm/json-channel';

describe('JsonLines', () => {
  const pushAll = (chunks: readonly Uint8Array[]) => {
    const lines = new JsonLines();
    return chunks.flatMap((chunk) => lines.push(chunk));
  };

  test('objects come whole, however the bytes are cut', () => {
    const bytes = Buffer.from('{"return":{"out":"grün €"},"id":1}\n{"return":2,"id":2}\n');
    for (let size = 1; size <= bytes.length; size++) {
      const chunks = [];
      for (let at = 0; at < bytes.length; at += size) {
        chunks.push(bytes.subarray(at, at + size));
      }
      expect(pushAll(chunks)).toEqual([
        { return: { out: 'grün €' }, id: 1 },
        { return: 2, id: 2 },
      ]);
    }
  });

  test('a sentinel and half an old answer before an answer are dropped', () => {
    const old = Buffer.from('lf an old answer"}}');
    const answer = Buffer.from('{"return":1}\n');
    expect(pushAll([old, Uint8Array.of(0xff), answer])).toEqual([{ return: 1 }]);
  });

  test('what is no JSON object is dropped', () => {
    expect(pushAll([Buffer.from('boot noise\n[1]\n{broken\n\n7\n{"ok":true}\n')])).toEqual([{ ok: true }]);
  });
});
