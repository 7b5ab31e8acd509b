/** Not now: the message goes back to the queue. */
export class NotNow extends Error {
  override readonly name = 'NotNow';
}
