// Finds the named command, checks what was passed to it and runs it. citty parses and renders; this adds what it lacks: lazy loading
// that survives `--help`, refusal of unknown options, and one line and an exit code for whatever goes wrong.
import { type ArgsDef, type CommandDef, renderUsage, runCommand } from "citty";
import { UsageError } from "./usage-error.ts";

// biome-ignore lint/suspicious/noExplicitAny: citty's own bound for commands with different arguments
type AnyCommand = CommandDef<any>;

export interface CommandEntry {
  readonly description: string;
  /** Imports the command's file, whose default export is a citty command. */
  readonly load: () => Promise<{ readonly default: AnyCommand }>;
}

export interface Streams {
  readonly out: (text: string) => void;
  readonly error: (text: string) => void;
  /** Print the stack of a failure too. */
  readonly debug: boolean;
}

/** Runs `argv` (without node and script). Resolves to the exit code: 0 done, 1 failed, 2 wrong use. Never throws. */
export async function runCli(
  name: string,
  commands: Readonly<Record<string, CommandEntry>>,
  argv: readonly string[],
  { out, error, debug }: Streams,
): Promise<number> {
  const [first, ...rest] = argv;
  const overview = describe(name, commands);
  if (first === undefined || first === "--help" || first === "-h" || first === "help") {
    (first === undefined ? error : out)(overview);
    return first === undefined ? 2 : 0;
  }
  const entry = Object.hasOwn(commands, first) ? commands[first] : undefined;
  if (entry === undefined) {
    error(`${name}: there is no command ${JSON.stringify(first)}; \`${name} --help\` lists them\n`);
    return 2;
  }
  let path = `${name} ${first}`;
  try {
    const found = await descend((await entry.load()).default, path, rest);
    path = found.path;
    if (found.rest.includes("--help") || found.rest.includes("-h")) {
      out(await help(found.command, path, entry.description));
      return 0;
    }
    await refuseUnknown(found.command, found.rest);
    await runCommand(found.command, { rawArgs: [...found.rest] });
    return 0;
  } catch (thrown) {
    const wrongUse = thrown instanceof UsageError || (thrown instanceof Error && thrown.name === "CLIError");
    const message = thrown instanceof Error ? thrown.message : String(thrown);
    error(`${path}: ${plain(message).split("\n", 1)[0]}\n`);
    if (wrongUse) error(`\`${path} --help\` shows how to use it\n`);
    else if (debug && thrown instanceof Error) error(`${thrown.stack}\n`);
    return wrongUse ? 2 : 1;
  }
}

function describe(name: string, commands: Readonly<Record<string, CommandEntry>>): string {
  const width = Math.max(...Object.keys(commands).map((command) => command.length));
  const lines = Object.entries(commands).map(([command, entry]) => `  ${command.padEnd(width)}  ${entry.description}`);
  return `Usage: ${name} COMMAND [OPTIONS]\n\n${lines.join("\n")}\n\n\`${name} COMMAND --help\` shows the options of a command.\n`;
}

/** Follows sub-commands (`lake pull`) as far as the arguments name them. */
async function descend(command: AnyCommand, path: string, rest: readonly string[]) {
  const children: Record<string, unknown> | undefined = await resolved(command.subCommands);
  const next = rest[0];
  if (children === undefined || next === "--help" || next === "-h") return { command, path, rest };
  if (next === undefined || !Object.hasOwn(children, next)) {
    const names = Object.keys(children).join(", ");
    throw new UsageError(next === undefined ? `names one of: ${names}` : `${next} is none of: ${names}`);
  }
  const child = (await resolved(children[next])) as AnyCommand;
  return descend(child, `${path} ${next}`, rest.slice(1));
}

async function help(command: AnyCommand, path: string, description: string): Promise<string> {
  const meta = await resolved(command.meta);
  const named = { ...command, meta: { description, ...meta, name: path } };
  return `${plain(await renderUsage(named))}\n`;
}

/** citty lets unknown options pass and gives options without their value an empty one: a typing error would be silent. */
async function refuseUnknown(command: AnyCommand, rest: readonly string[]): Promise<void> {
  const args: ArgsDef = (await resolved(command.args)) ?? {};
  const positional = Object.values(args).filter((arg) => arg.type === "positional").length;
  let given = 0;
  for (let at = 0; at < rest.length; at++) {
    const word = rest[at] as string;
    if (word === "--") return;
    if (!word.startsWith("-") || word === "-") {
      given++;
      if (given > positional) throw new UsageError(`unexpected argument ${JSON.stringify(word)}`);
      continue;
    }
    const [option = "", value] = word.split("=", 2);
    const name = option.replace(/^--?(no-)?/, "");
    const found = Object.entries(args).find(
      ([key, arg]) => key === name || ("alias" in arg && [arg.alias].flat().includes(name)),
    );
    if (found === undefined || found[1].type === "positional") throw new UsageError(`unknown option ${option}`);
    if (found[1].type === "boolean") continue;
    if (value === undefined) at++;
    if ((value ?? rest[at] ?? "") === "") throw new UsageError(`${option} needs a value`);
  }
}

async function resolved<T>(value: T | Promise<T> | (() => T | Promise<T>) | undefined): Promise<T | undefined> {
  return typeof value === "function" ? (value as () => T | Promise<T>)() : value;
}

/** Without the colours that citty puts in when it cannot know where the text goes. */
function plain(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the escape character of terminal colours
  return text.replace(/\u001b\[\d+m/g, "");
}
