// Run NanoDet's TensorFlow.js graph model: node run_objects.mjs nanodet.json < pixels > outputs
// Float32 values, raw: in (1, 3, 416, 416); out the scores of strides 8, 16, 32, then the sides.
// Needs the npm packages @tensorflow/tfjs-core, tfjs-backend-cpu and tfjs-converter (4.22).
import { readFileSync, writeSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

const here = createRequire(join(process.cwd(), "package.json"));
const tf = here("@tensorflow/tfjs-core");
here("@tensorflow/tfjs-backend-cpu");
const { loadGraphModel } = here("@tensorflow/tfjs-converter");

const path = process.argv[2];
const json = JSON.parse(readFileSync(path, "utf8"));
const files = json.weightsManifest.flatMap((group) => group.paths);
const bytes = Buffer.concat(files.map((file) => readFileSync(join(dirname(path), file))));
const weightData = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length);
const weightSpecs = json.weightsManifest.flatMap((group) => group.weights);
const { modelTopology, signature } = json;
const model = await loadGraphModel({ load: async () => ({ modelTopology, weightSpecs, weightData, signature }) });
const input = readFileSync(0);
const values = new Float32Array(input.buffer.slice(input.byteOffset, input.byteOffset + input.length));
const names = [0, 1, 2, 3, 4, 5].map((i) => (i ? `Identity_${i}:0` : "Identity:0"));
for (const output of model.execute(tf.tensor(values, [1, 3, 416, 416]), names)) {
  const data = Buffer.from((await output.data()).buffer);
  for (let at = 0; at < data.length; ) at += writeSync(1, data, at);
}
