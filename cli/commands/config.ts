// `nowcast config`: the site's run-time configuration as a file.
import { defineCommand } from "citty";
import { siteConfigSchema } from "../../src/html/site-config.ts";
import type { SiteConfigDocument } from "../client/client.ts";
import { connect, connectionArgs } from "../client/connection.ts";
import { RefusedError } from "../client/transport.ts";
import { readConfigFile, setFileVersion, writeConfigFile } from "../config-file.ts";
import { type Difference, describeDifference, jsonDifferences } from "../json-differences.ts";

const file = {
  type: "positional",
  required: true,
  valueHint: "FILE",
  description: "JSON file of the configuration",
} as const;
const common = { json: { type: "boolean", description: "Print one JSON object" }, ...connectionArgs(30) } as const;

const pull = defineCommand({
  meta: { description: "Write the configuration that holds to FILE, or print it" },
  args: { file: { ...file, required: false }, ...common },
  async run({ args }) {
    const document = await connect(args).siteConfig();
    if (args.file === undefined) return print(JSON.stringify(document, null, args.json ? 0 : 2));
    writeConfigFile(args.file, document);
    const { version } = document;
    print(args.json ? JSON.stringify({ file: args.file, version }) : `${args.file}: version ${version}`);
  },
});

const push = defineCommand({
  meta: { description: "Make FILE the configuration, unless somebody else has changed it meanwhile" },
  args: {
    file,
    force: { type: "boolean", description: "Replace whatever version there is" },
    ...common,
  },
  async run({ args }) {
    const document = readConfigFile(args.file);
    const client = connect(args);
    const before = await client.siteConfig();
    const expected = args.force ? before.version : document.version;
    const changed = expected !== before.version || differences(before, document).length > 0;
    const version = changed ? await client.putSiteConfig(document, expected).catch(explain(args.file)) : before.version;
    setFileVersion(args.file, version);
    const line = changed ? `version ${version} holds within a minute` : `version ${version} is the same already`;
    print(args.json ? JSON.stringify({ file: args.file, version, changed }) : `${args.file}: ${line}`);
  },
});

const diff = defineCommand({
  meta: { description: "What FILE would change" },
  args: { file, "exit-code": { type: "boolean", description: "Fail when there are differences" }, ...common },
  async run({ args }) {
    const document = readConfigFile(args.file);
    const current = await connect(args).siteConfig();
    const found = differences(current, document);
    const versions = { version: current.version, fileVersion: document.version };
    if (args.json) print(JSON.stringify({ ...versions, differences: found }));
    else if (found.length > 0) print(found.map(describeDifference).join("\n"));
    if (args["exit-code"] && found.length > 0) throw new Error(`${args.file} differs in ${found.length} places`);
  },
});

export default defineCommand({
  meta: { description: "The site's run-time configuration" },
  subCommands: { pull, push, diff },
});

/** Of all but the version; what a file leaves out stands for its default. */
function differences(stored: SiteConfigDocument, document: SiteConfigDocument): Difference[] {
  const { version: _, ...before } = complete(stored);
  const { version: __, ...after } = complete(document);
  return jsonDifferences(before, after);
}

/** With its defaults; one that does not fit stays as it is, since the server says best what is wrong with it. */
function complete(document: SiteConfigDocument): SiteConfigDocument {
  const parsed = siteConfigSchema.safeParse(document);
  return parsed.success ? (parsed.data as SiteConfigDocument) : document;
}

function explain(path: string): (error: unknown) => never {
  return (error) => {
    if (error instanceof RefusedError && error.code === "config_changed") {
      const advice = `\`nowcast config diff ${path}\` shows the differences, \`pull\` gets the newest, \`push --force\` replaces it`;
      throw new Error(`${error.message} ${advice}`, { cause: error });
    }
    throw error;
  };
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
