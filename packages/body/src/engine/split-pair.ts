/** Whether a text ends with the first half of a surrogate pair: it waits for the half that may begin the next text. */
export const splitsPair = (text: string): boolean =>
  (text.charCodeAt(text.length - 1) & 0xfc00) === 0xd800
