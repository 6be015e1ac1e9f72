// The local cloud under test: the one that ROLLCALL_STATE names, or else the one that `make run` serves.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const described = process.env.ROLLCALL_STATE ?? fileURLToPath(new URL("../../.local/cloud.json", import.meta.url));

/** Its description: `url`, `passwords` by user name, `outputs` of its stacks, and more (infra/local/state.py). */
export const cloud = JSON.parse(readFileSync(described, "utf8"));
