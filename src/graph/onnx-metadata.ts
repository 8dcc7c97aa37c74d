/** Notes in an ONNX model, such as its licence. */

import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';

/** The model with `metadata_props`. Fields of protobuf may follow in any order, so they are put behind it. */
export function withMetadata(model: Uint8Array, notes: Readonly<Record<string, string>>): Uint8Array {
  const writer = new BinaryWriter().raw(model);
  for (const [key, value] of Object.entries(notes)) {
    writer.tag(14, WireType.LengthDelimited).fork();
    writer.tag(1, WireType.LengthDelimited).string(key);
    writer.tag(2, WireType.LengthDelimited).string(value).join();
  }
  return writer.finish();
}
