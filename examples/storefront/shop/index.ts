// The shop's Worker.
import { createShop } from "./app.ts";

export default createShop();
