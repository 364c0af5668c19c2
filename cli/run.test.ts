import { defineCommand } from "citty";
import { expect, test } from "vitest";
import { type CommandEntry, runCli } from "./run.ts";
import { UsageError } from "./usage-error.ts";

const ran: Record<string, unknown>[] = [];
let loads = 0;

const greet = defineCommand({
  meta: { description: "Says hello" },
  args: {
    name: { type: "positional", required: true, description: "Whom" },
    times: { type: "string", default: "1", description: "How often" },
    mood: { type: "enum", options: ["glad", "sad"], description: "How" },
    loud: { type: "boolean", alias: "l", description: "In capitals" },
  },
  run: ({ args }) => {
    ran.push({ name: args.name, times: args.times, loud: args.loud ?? false });
  },
});
const failing = (error: unknown) =>
  defineCommand({
    run: () => {
      throw error;
    },
  });

const entry = (command: unknown): CommandEntry => ({
  description: "A command",
  load: async () => {
    loads++;
    return { default: command as never };
  },
});
const commands = {
  greet: entry(greet),
  group: entry(defineCommand({ subCommands: { greet } })),
  fails: entry(failing(new Error("the disk is full\nand more"))),
  misused: entry(failing(new UsageError("give one or the other"))),
  throws: entry(failing("just text")),
  missing: { description: "Not there", load: () => import("./no-such-file.ts" as string) },
};

async function run(line: string, debug = false) {
  let out = "";
  let error = "";
  const streams = {
    out: (text: string) => {
      out += text;
    },
    error: (text: string) => {
      error += text;
    },
    debug,
  };
  const code = await runCli("tool", commands, line === "" ? [] : line.split(" "), streams);
  return { code, out, error };
}

test("a command runs with its arguments", async () => {
  ran.length = 0;
  expect(await run("greet Ann --times 3 -l")).toEqual({ code: 0, out: "", error: "" });
  expect(await run("greet Bo --times=2")).toMatchObject({ code: 0 });
  expect(await run("group greet Cy --no-loud")).toMatchObject({ code: 0 });
  expect(ran).toEqual([
    { name: "Ann", times: "3", loud: true },
    { name: "Bo", times: "2", loud: false },
    { name: "Cy", times: "1", loud: false },
  ]);
});

test.each([
  ["", "Usage: tool COMMAND"],
  ["nothing", 'tool: there is no command "nothing"; `tool --help` lists them'],
  ["toString", 'tool: there is no command "toString"'],
  ["greet", "tool greet: Missing required positional argument: NAME"],
  ["greet Ann Bo", 'tool greet: unexpected argument "Bo"'],
  ["greet Ann --time 3", "tool greet: unknown option --time"],
  ["greet Ann --name Bo", "tool greet: unknown option --name"],
  ["greet Ann --times", "tool greet: --times needs a value"],
  ["greet Ann --times=", "tool greet: --times needs a value"],
  ["greet Ann --mood=grim", "tool greet: Invalid value for argument: --mood (grim)"],
  ["group", "tool group: names one of: greet"],
  ["group hello", "tool group: hello is none of: greet"],
  ["misused", "tool misused: give one or the other\n`tool misused --help` shows how to use it\n"],
])("`%s` is wrong use: exit 2 and what is wrong", async (line, message) => {
  const { code, out, error } = await run(line);
  expect({ code, out }).toEqual({ code: 2, out: "" });
  expect(error).toContain(message);
});

test("a failure is one line and exit 1; its stack shows on demand", async () => {
  expect(await run("fails")).toEqual({ code: 1, out: "", error: "tool fails: the disk is full\n" });
  expect(await run("throws")).toEqual({ code: 1, out: "", error: "tool throws: just text\n" });
  expect((await run("fails", true)).error).toMatch(/run\.test\.ts:\d+/);
});

test("a command whose file is missing fails alone, and help still lists it", async () => {
  expect(await run("missing")).toMatchObject({ code: 1, error: expect.stringContaining("no-such-file") });
  const before = loads;
  const { code, out } = await run("--help");
  expect({ code, loads }).toEqual({ code: 0, loads: before });
  for (const name of Object.keys(commands)) expect(out).toContain(`\n  ${name} `);
});

test("help names the command with its path, arguments and options, wherever it is asked for", async () => {
  for (const line of ["greet --help", "greet Ann -h", "group greet --help"]) {
    const { code, out, error } = await run(line);
    expect({ code, error }).toEqual({ code: 0, error: "" });
    expect(out).toContain(line.startsWith("group") ? "tool group greet" : "tool greet");
    for (const word of ["Says hello", "NAME", "--times", "--loud"]) expect(out).toContain(word);
    expect(out).not.toContain("\u001b");
  }
  expect((await run("group --help")).out).toContain("greet");
});
