/**
 * Turns the telemetry of onnxruntime-node off; imported before it. It would write into the home folder, or
 * the working folder, and look a host up. Whoever wants it sets the variable to 0. Node only.
 */

process.env.ORT_DISABLE_TELEMETRY ??= '1';
