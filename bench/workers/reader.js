// The far side of the hop, and the bare objects: one returns a number, one writes a row for every request.
import { DurableObject, WorkerEntrypoint } from "cloudflare:workers";

export class Reader extends WorkerEntrypoint {
  read(name) {
    return this.env.NUMBERS.getByName(name).read();
  }
}

export class Numbers extends DurableObject {
  read() {
    return 42;
  }
}

export class Rows extends DurableObject {
  constructor(ctx, env) {
    super(ctx, env);
    ctx.storage.sql.exec("CREATE TABLE IF NOT EXISTS rows (id INTEGER PRIMARY KEY, value TEXT)");
  }
  write(value) {
    this.ctx.storage.sql.exec("INSERT OR REPLACE INTO rows (id, value) VALUES (1, ?)", value);
    return 1;
  }
}

export default {};
