// What machines do to a platform: a disk that fills, a database that goes away and returns.

import { execFileSync } from "node:child_process";
import { mkdtempSync, openSync, rmSync, rmdirSync, writeSync, closeSync } from "node:fs";
import { createServer, connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Province, check } from "./lib.mjs";
import { Client, apply, until, yipan } from "./newborn.mjs";

const DISK = "64m";

function privileged(...command) {
  const all = process.getuid() === 0 ? command : ["sudo", "-n", ...command];
  execFileSync(all[0], all.slice(1), { stdio: "inherit" });
}

/** Writes until nothing more fits. */
function fill(path) {
  const file = openSync(path, "w");
  try {
    for (let size = 1 << 20; size >= 512; size /= 2) {
      try { for (;;) writeSync(file, Buffer.alloc(size)); } catch (error) {
        if (error.code !== "ENOSPC") throw error;
      }
    }
  } finally { closeSync(file); }
}

/** Submissions on a disk that is full are refused as such, reading goes on, and nothing is lost. */
export async function fullDisk(suite) {
  const disk = mkdtempSync(join(tmpdir(), "yipan-disk-"));
  privileged("mount", "-t", "tmpfs", "-o", `size=${DISK},mode=0777`, "yipan-e2e", disk);
  try {
    await suite.test("a full disk refuses, shows what it has, and takes up where it stood", async () => {
      const province = await Province.start({ data: join(disk, "data") });
      try {
        const mother = await Client.signIn(province, "mother");
        fill(join(disk, "filler"));
        let refused = 0;
        // What still fits into pages the database has already is no fault: soon nothing does.
        for (let tries = 0; tries < 40 && refused === 0; tries += 1) {
          const reply = await fetch(`${province.url}/api/v1/drafts`, {
            method: "POST",
            headers: { authorization: `Bearer ${mother.token}`, "content-type": "application/json" },
            body: JSON.stringify({ one_thing: "newborn", consent: true, guide: GUIDE }),
          });
          if (reply.ok) continue;
          refused = reply.status;
          const body = await reply.json();
          check(body.code === "unavailable", `not told as a lack of ours: ${JSON.stringify(body)}`);
        }
        check(refused === 503, `a full disk answers ${refused}`);
        check((await fetch(`${province.url}/`)).ok, "the home page is gone");
        rmSync(join(disk, "filler"));
        const done = await apply(mother);
        await until("the licences", async () => {
          const wallet = await mother.get("/api/v1/wallet");
          return wallet.holders.flatMap((holder) => holder.licences).length >= 5;
        });
        await mother.get(`/api/v1/cases/${done.id}`);
        await province.kill();
        const log = yipan("log", "verify", "--data", province.data, "--json");
        check(log.code === 0, log.out);
      } finally { await province.stop(); }
    });
  } finally {
    privileged("umount", disk);
    rmdirSync(disk);
  }
}

const GUIDE = { applicant: "mother", born: "here", married: "yes", household: "mother", maternity: "settled", insurance: "yes" };

/** A way to a server that can be cut and joined. */
class Line {
  static async to(host, port) {
    const line = new Line();
    line.sockets = new Set();
    line.server = createServer((near) => {
      const far = connect(port, host);
      for (const [one, other] of [[near, far], [far, near]]) {
        line.sockets.add(one);
        one.pipe(other);
        one.on("error", () => other.destroy());
        one.on("close", () => { line.sockets.delete(one); other.destroy(); });
      }
    });
    await line.join(0);
    return line;
  }

  async join(port = this.port) {
    await new Promise((resolve) => this.server.listen(port, "127.0.0.1", resolve));
    this.port = this.server.address().port;
  }

  async cut() {
    const closed = new Promise((resolve) => this.server.close(resolve));
    for (const socket of this.sockets) socket.destroy();
    await closed;
  }
}

/** The database server cannot be reached for a while: acts are refused as such, then go on. */
export async function databaseAway(suite, database) {
  const address = new URL(database);
  const line = await Line.to(address.hostname, Number(address.port));
  address.port = line.port;
  const province = await Province.start({ database: address.href });
  await suite.test("a database that goes away is told so, and its return needs nobody", async () => {
    const mother = await Client.signIn(province, "mother");
    const draft = await mother.post("/api/v1/drafts", { one_thing: "newborn", consent: true, guide: GUIDE });
    await line.cut();
    const refused = await mother.get(`/api/v1/drafts/${draft.id}`, 503);
    check(refused.code === "unavailable", JSON.stringify(refused));
    const page = await fetch(`${province.url}/one-things/newborn`);
    check(page.status === 200 || page.status === 503, `a page answers ${page.status}`);
    await line.join();
    await until("the database's return", async () => {
      const reply = await fetch(`${province.url}/api/v1/drafts/${draft.id}`, { headers: { authorization: `Bearer ${mother.token}` } });
      return reply.ok;
    });
    await apply(mother);
    await until("the licences", async () => {
      const wallet = await mother.get("/api/v1/wallet");
      return wallet.holders.flatMap((holder) => holder.licences).length >= 5;
    });
  });
  await province.stop();
  await line.cut();
}
