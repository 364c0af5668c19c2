// Edits of pages as the configuration describes them: what changes at which element, on which pages, for whom.
import * as z from "zod";
import { identifier, text } from "../events/identifier.ts";
import { nameSchema, patternSchema, redirectSchema, valuesOf } from "./config-fields.ts";
import { forWhom } from "./experiment-schema.ts";
import { attributeProblem, cssProblem, fragmentProblem } from "./fragment.ts";
import { selectorProblem } from "./selector.ts";
import { SITE_LIMITS } from "./site-limits.ts";

const selector = identifier(SITE_LIMITS.selectorBytes).superRefine((value, context) => {
  const message = selectorProblem(value);
  if (message !== null) context.addIssue({ code: "custom", message });
});
const html = text(SITE_LIMITS.htmlBytes);
const attribute = z
  .string()
  .regex(/^[A-Za-z_:][A-Za-z0-9_.:-]{0,63}$/, "must be the name of an attribute, 1 to 64 characters");
const className = z.string().regex(/^[^\s\0]{1,64}$/, "must be one class name, 1 to 64 characters without spaces");

export const changeSchema = z.discriminatedUnion("action", [
  z.strictObject({ action: z.literal("text"), selector, text: text(SITE_LIMITS.textBytes) }),
  z.strictObject({ action: z.literal("attribute"), selector, name: attribute, value: text(SITE_LIMITS.textBytes) }),
  z.strictObject({ action: z.literal("removeAttribute"), selector, name: attribute }),
  z.strictObject({ action: z.literal("addClass"), selector, class: className }),
  z.strictObject({ action: z.literal("removeClass"), selector, class: className }),
  z.strictObject({ action: z.literal("hide"), selector }),
  z.strictObject({ action: z.literal("remove"), selector }),
  z.strictObject({ action: z.literal("html"), selector, html }),
  z.strictObject({ action: z.literal("replace"), selector, html }),
  z.strictObject({ action: z.literal("before"), selector, html }),
  z.strictObject({ action: z.literal("after"), selector, html }),
  z.strictObject({ action: z.literal("prepend"), selector, html }),
  z.strictObject({ action: z.literal("append"), selector, html }),
]);

export const editSchema = z
  .strictObject({
    name: nameSchema.optional(),
    pages: valuesOf(patternSchema),
    ...forWhom,
    /** In the order in which they are listed. */
    changes: z.array(changeSchema).min(1).max(SITE_LIMITS.changesPerEdit).optional(),
    /** Goes into the head as a style element. */
    css: html.optional(),
    /** Instead of the page. */
    redirect: redirectSchema.optional(),
    /** Takes scripts, event handlers and `javascript:` URLs in what is put in. */
    allowScripts: z.boolean().default(false),
  })
  .refine(({ changes, css, redirect }) => (redirect === undefined) !== (changes === undefined && css === undefined), {
    message: "must have `changes` or `css`, or else a `redirect`",
  })
  .superRefine(({ changes = [], css, allowScripts }, context) => {
    const refuse = (path: (string | number)[], message: string | null): void => {
      if (message !== null) context.addIssue({ code: "custom", path, message });
    };
    changes.forEach((change, index) => {
      if ("html" in change) refuse(["changes", index, "html"], fragmentProblem(change.html, allowScripts));
      if (change.action === "attribute" && !allowScripts) {
        refuse(["changes", index, "value"], attributeProblem(change.name, change.value));
      }
    });
    if (css !== undefined) refuse(["css"], cssProblem(css));
  });

export const editsSchema = z.array(editSchema).max(SITE_LIMITS.edits);

export type ChangeConfig = z.infer<typeof changeSchema>;
export type EditConfig = z.infer<typeof editSchema>;
