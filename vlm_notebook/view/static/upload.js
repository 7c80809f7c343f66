// What a page sends to a tray: files in pieces, each confirmed before the next, addresses, samples.

const PIECE_BYTES = 2 * 2 ** 20;
const SMALL_BYTES = 4 * 2 ** 20;
const MAX_BYTES = 200_000_000;
const SHRUNK_PX = 4096;
const SHRUNK_QUALITY = 0.92;
const SLOW_MS = 5000;

// One for all views of a tray. A job is a picture on its way; `lines` say which did not arrive.
class Jobs {
  constructor() {
    Object.assign(this, { jobs: [], lines: [], views: new Set(), last: Promise.resolve() });
  }

  changed() {
    for (const view of this.views) view.showJobs();
  }

  // Sends by way of the newest view; what waits for an answer is sent again: it may be lost.
  join(view, send) {
    this.views.add(view);
    this.send = send;
    for (const job of this.jobs) if (job.waiting) send(job.waiting.content, job.waiting.buffers);
  }

  start(name, doing) {
    const id = Array.from(crypto.getRandomValues(new Uint32Array(3)), (n) => n.toString(36)).join("");
    const job = { id, name, doing, sent: 0, total: 0 };
    this.jobs.push(job);
    this.changed();
    return job;
  }

  end(job, { line = "", key = "", values = {} } = {}) {
    this.jobs = this.jobs.filter((other) => other !== job);
    if (line || key) this.lines.push({ name: job.name, line, key, values });
    this.changed();
  }

  cancel(job) {
    job.isCancelled = true;
    this.send({ kind: "drop", job: job.id });
    job.waiting?.resolve({ kind: "cancelled" });
    this.end(job);
  }

  take(message) {
    const job = this.jobs.find((one) => one.id === message.job);
    const { content, resolve } = job?.waiting ?? {};
    if (!resolve || (message.kind === "ack" && message.number !== content.number)) return;
    if (message.kind === "busy") this.tell(job, "reading");
    else resolve(message);
  }

  tell(job, doing) {
    job.doing = doing;
    this.changed();
  }

  async ask(job, content, buffers) {
    if (job.isCancelled) return { kind: "cancelled" };
    const { doing } = job;
    const slow = setTimeout(() => job.doing !== "reading" && this.tell(job, "slow"), SLOW_MS);
    const reply = await new Promise((resolve) => {
      job.waiting = { content: { ...content, job: job.id }, buffers, resolve };
      this.send(job.waiting.content, buffers);
    });
    clearTimeout(slow);
    job.waiting = null;
    job.doing = doing;
    return reply;
  }

  async get(name, content) {
    this.lines = [];
    const job = this.start(name, "getting");
    const reply = await this.ask(job, content);
    if (!job.isCancelled) this.end(job, reply);
  }

  // Files go one after another, so that no more than a piece is ever under way.
  add(files, keepsOriginals) {
    this.lines = [];
    for (const file of files) {
      const job = this.start(file.name, "waiting");
      this.last = this.last.then(() => this.upload(job, file, keepsOriginals));
    }
  }

  async upload(job, file, keepsOriginals) {
    try {
      const failed = await this.sendFile(job, file, keepsOriginals);
      if (!job.isCancelled) this.end(job, failed);
    } catch (error) { // a folder, or a file that was changed or taken away meanwhile
      this.send({ kind: "drop", job: job.id });
      this.end(job, { key: "unread", values: { what: error.message } });
    }
  }

  async sendFile(job, file, keepsOriginals) {
    let [blob, more] = [file, {}];
    if (file.size > SMALL_BYTES && !keepsOriginals && !job.isCancelled) {
      this.tell(job, "shrinking");
      const small = await shrunk(file);
      if (small) [blob, more] = [small.blob, { shrunk_from: small.from }];
    }
    if (blob.size > MAX_BYTES) return { key: "too_large", values: { most: MAX_BYTES / 1e6 } };
    const count = Math.max(1, Math.ceil(blob.size / PIECE_BYTES));
    job.total = blob.size;
    for (let number = 0; number < count && !job.isCancelled; number += 1) {
      this.tell(job, "sending");
      const piece = blob.slice(number * PIECE_BYTES, (number + 1) * PIECE_BYTES);
      const about = { kind: "piece", name: file.name, number, count, ...more };
      const reply = await this.ask(job, about, [await piece.arrayBuffer()]);
      if (reply.kind === "end") return reply;
      job.sent += piece.size;
    }
    return {};
  }
}

// A picture as a smaller JPEG, upright; null for what the browser does not decode or make smaller.
async function shrunk(file) {
  const head = new Uint8Array(await file.slice(0, 12).arrayBuffer());
  if (!isCommon(head)) return null;
  const bitmap = await createImageBitmap(file, { imageOrientation: "from-image" }).catch(() => null);
  if (!bitmap) return null;
  const { width, height } = bitmap;
  const scale = Math.min(1, SHRUNK_PX / Math.max(width, height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(width * scale));
  canvas.height = Math.max(1, Math.round(height * scale));
  const context = canvas.getContext("2d");
  context.fillStyle = "#fff";
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.imageSmoothingQuality = "high";
  context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  bitmap.close();
  const blob = await new Promise((done) => canvas.toBlob(done, "image/jpeg", SHRUNK_QUALITY));
  canvas.width = canvas.height = 0; // lets go of the pixels at once
  return blob && blob.size < file.size ? { blob, from: [width, height] } : null;
}

// Whether a file begins as a JPEG, a PNG or a WebP does, whatever its name says.
function isCommon(head) {
  const text = String.fromCharCode(...head);
  return (
    text.startsWith("\xff\xd8\xff") ||
    text.startsWith("\x89PNG") ||
    (text.startsWith("RIFF") && text.endsWith("WEBP"))
  );
}

