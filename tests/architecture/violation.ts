// What a rule of the architecture reports, and the shape of a rule.
import type { SourceFile, SyntaxNode } from "./source-file.ts";

export interface Violation {
  readonly path: string;
  readonly line: number;
  readonly message: string;
}

/** Looks at all files together and returns what breaks the rule; empty when nothing does. */
export type Rule = (files: readonly SourceFile[]) => Violation[];

/** A rule that looks at one syntax node at a time. `applies` picks the files; `check` returns a message or undefined. */
export function nodeRule(applies: (path: string) => boolean, check: (node: SyntaxNode) => string | undefined): Rule {
  return (files) =>
    files
      .filter((file) => applies(file.path))
      .flatMap((file) =>
        file.nodes.flatMap((node) => {
          const message = check(node);
          return message === undefined ? [] : [{ path: file.path, line: file.lineOf(node), message }];
        }),
      );
}

/** `path:line message`, sorted, so that a failing test prints a list to click through. */
export function format(violations: readonly Violation[]): string[] {
  return violations.map(({ path, line, message }) => `${path}:${line} ${message}`).sort();
}
