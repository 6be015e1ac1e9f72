// Starts the application. A file of its own because the content security policy forbids inline scripts.
import init from "./rollcall.js";

await init({ module_or_path: new URL("./rollcall_bg.wasm", import.meta.url) });
