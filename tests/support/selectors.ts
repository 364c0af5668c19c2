// Selectors that edits may use: src/html/selector.test.ts says that they are taken, tests/site-edits.test.ts that HTMLRewriter takes
// them, too.

export const SELECTORS: readonly string[] = [
  "h1",
  "*",
  ".lead",
  "#hero",
  "p.lead#a.b",
  "main > p.lead",
  "a>b",
  "  h1  ",
  "nav li:nth-child(2n+1) a",
  "li:nth-child(odd)",
  "li:nth-child( -n + 3 )",
  "li:nth-of-type(2)",
  "p:first-child",
  "p:first-of-type",
  "a[href]",
  'a[href^="/p/" i]',
  "[data-x='a b'][data-y~=z]",
  "[lang|=de]",
  "p:not(.lead)",
  "p:not( [hidden] )",
  "my-element",
  "größe",
];
