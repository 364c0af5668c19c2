// Loaded into wrangler's process: ends it, and with it workerd, when the process that started it is gone, however that
// happened. A killed parent cannot say goodbye, but the channel to it closes.
process.once("disconnect", () => process.kill(process.pid, "SIGTERM"));
