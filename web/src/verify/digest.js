// SM3 and SHA-256 of bytes.

import { sha256 } from "@noble/hashes/sha2";
import { sm3 as digits } from "sm-crypto-v2";
import { unhex } from "./der.js";

export const sm3 = (bytes) => unhex(digits(bytes));
export { sha256 };
