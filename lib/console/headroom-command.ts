/** A command of ours as an operator pastes it into a shell in the project. @param words e.g. `status --env prod` */
export const headroomCommand = (words: string): string => `npx headroom ${words}`;
