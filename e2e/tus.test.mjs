// Uploads as an outside judge speaks them: tus-js-client itself, in Node, against the real server.
import assert from "node:assert/strict";
import { test } from "node:test";
import * as tus from "tus-js-client";
import { noise, sha256 } from "./lib/bytes.mjs";
import { openHouse } from "./lib/house.mjs";

test("tus-js-client uploads, resumes, defers lengths and terminates", async (t) => {
  const { waybill } = await openHouse(t);
  await waybill.operator("user", "add", "--email", "tus@example.com", "--name", "Tus Judge", "--admin");
  const token = await waybill.operator("token", "create", "--email", "tus@example.com", "--name", "judge");
  const headers = { Authorization: `Bearer ${token}` };
  const api = /** @param {string} method @param {string} path @param {unknown} [body] */ async (method, path, body) => {
    const answer = await fetch(`${waybill.base}/api/v1${path}`, {
      method,
      headers: { ...headers, ...(body ? { "Content-Type": "application/json" } : {}) },
      body: body ? JSON.stringify(body) : null,
    });
    assert.ok(answer.ok, `${method} ${path}: ${answer.status} ${answer.ok ? "" : await answer.clone().text()}`);
    return answer.status === 204 ? null : answer.json();
  };
  const { id } = await api("POST", "/packages", { direction: "outbound", title: "Judged by tus-js-client" });
  const options = /** @param {string} filename @param {object} [more] */ (filename, more = {}) => ({
    endpoint: `${waybill.base}/api/v1/uploads`,
    headers,
    metadata: { package_id: id, filename, filetype: "application/octet-stream" },
    retryDelays: [100, 200, 400],
    ...more,
  });
  /** @param {Buffer} bytes @param {object} settings @returns {Promise<tus.Upload>} */
  const upload = (bytes, settings) =>
    new Promise((resolve, reject) => {
      const one = new tus.Upload(bytes, { ...settings, onError: reject, onSuccess: () => resolve(one) });
      one.start();
    });
  const files = async () =>
    Object.fromEntries(
      (await api("GET", `/packages/${id}`)).files.map((/** @type {any} */ file) => [file.name, file.sha256]),
    );

  const big = noise(5_000_000, "tus");
  await t.test("in one request and in small chunks", async () => {
    await upload(big, options("one.bin"));
    await upload(big.subarray(0, 300_001), options("chunks.bin", { chunkSize: 50_000 }));
    await upload(big.subarray(0, 70_000), options("with-creation.bin", { uploadDataDuringCreation: true }));
    await upload(Buffer.alloc(0), options("empty.bin"));
    const there = await files();
    assert.equal(there["one.bin"], sha256(big));
    assert.equal(there["chunks.bin"], sha256(big.subarray(0, 300_001)));
    assert.equal(there["with-creation.bin"], sha256(big.subarray(0, 70_000)));
    assert.equal(there["empty.bin"], sha256(Buffer.alloc(0)));
  });

  await t.test("resumes after it was stopped in the middle, on another machine", async () => {
    const first = new tus.Upload(big, options("resumed.bin", { chunkSize: 500_000 }));
    await new Promise((resolve, reject) => {
      first.options.onError = reject;
      first.options.onChunkComplete = (_size, accepted) => {
        if (accepted >= 2_000_000) resolve(first.abort());
      };
      first.start();
    });
    const { uploads } = await api("GET", `/packages/${id}`);
    assert.equal(uploads.length, 1);
    assert.ok(uploads[0].offset >= 2_000_000 && uploads[0].offset < big.length);
    const second = await upload(big, {
      ...options("resumed.bin"),
      uploadUrl: new URL(first.url ?? "", waybill.base).href,
    });
    assert.equal(new URL(second.url ?? "").pathname, uploads[0].url);
    assert.equal((await files())["resumed.bin"], sha256(big));
  });

  await t.test("sends a stream whose length is not known before", async () => {
    const { Readable } = await import("node:stream");
    const parts = [big.subarray(0, 1_000_000), big.subarray(1_000_000, 2_500_000)];
    await upload(
      /** @type {any} */ (Readable.from(parts)),
      options("stream.bin", { uploadLengthDeferred: true, chunkSize: 400_000 }),
    );
    assert.equal((await files())["stream.bin"], sha256(big.subarray(0, 2_500_000)));
  });

  await t.test("terminates an upload, which leaves nothing", async () => {
    const one = new tus.Upload(big, options("terminated.bin", { chunkSize: 100_000 }));
    await new Promise((resolve, reject) => {
      one.options.onError = reject;
      one.options.onChunkComplete = () => resolve(one.abort(true));
      one.start();
    });
    const shown = await api("GET", `/packages/${id}`);
    assert.deepEqual(shown.uploads, []);
    assert.ok(!(await files())["terminated.bin"]);
  });
});
