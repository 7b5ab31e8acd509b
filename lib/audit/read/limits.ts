/** CloudFormation takes templates of up to 1 MB; beyond these nobody means a template. Bytes. */
export const MAX_JSON_BYTES = 16 * 1024 * 1024;
export const MAX_YAML_BYTES = 4 * 1024 * 1024;
/** Levels of nesting. A template of a person has fewer than 30. */
export const MAX_DEPTH = 200;
/** Values of a YAML template with its aliases written out. */
export const MAX_VALUES = 500_000;
/** A text put together from others. Characters. */
export const MAX_TEXT = 2 * 1024 * 1024;
/** Nested stacks in all. */
export const MAX_NESTED_STACKS = 2_000;
/** Intrinsic functions within each other, through conditions, outputs and nested stacks. */
export const MAX_RESOLUTION_DEPTH = 300;
/** Columns of indentation in YAML; its parser does not survive any number of them. */
export const MAX_INDENT = 600;
/** Resources of one template. CloudFormation takes 500. */
export const MAX_RESOURCES = 10_000;
