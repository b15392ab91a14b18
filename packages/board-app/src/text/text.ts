import { stringsEn } from "./strings.en.ts";

type Widened<Value> = Value extends string
  ? string
  : Value extends (...args: infer Args) => string
    ? (...args: Args) => string
    : Value extends readonly string[]
      ? readonly string[]
      : { readonly [Key in keyof Value]: Widened<Value[Key]> };

/** What a translation has to supply. */
export type Strings = Widened<typeof stringsEn>;

/** The words in the language of the page. English is the only one so far. */
export const text: Strings = stringsEn;
