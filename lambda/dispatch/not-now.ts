/** The message cannot be handled now and returns to the queue. */
export class NotNow extends Error {
  override readonly name = 'NotNow';
}
