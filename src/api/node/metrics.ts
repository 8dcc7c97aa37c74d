/** Figures of the server in the form of Prometheus. */

import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { PainterPool } from '../../painters/node/pool.ts';
import type { Reason } from './answers.ts';

export interface Metrics {
  /** A request has been answered. */
  answered(method: string, route: string, status: number, seconds: number): void;
  /** A picture was asked for: painted, or found. */
  painted(isKept: boolean, seconds: number): void;
  refused(reason: Reason): void;
  text(): Promise<{ readonly type: string; readonly body: string }>;
}

const SECONDS = [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120];

export function createMetrics(pool: PainterPool, openJobs: () => number): Metrics {
  const registers = [new Registry()];
  const [registry = new Registry()] = registers;
  collectDefaultMetrics({ register: registry });
  const requests = new Histogram({
    name: 'wasserfarbe_request_seconds',
    help: 'Time to answer requests, bodies of the requests included',
    labelNames: ['method', 'route', 'status'],
    buckets: SECONDS,
    registers,
  });
  const pictures = new Histogram({
    name: 'wasserfarbe_picture_seconds',
    help: 'Time to give a picture, the wait for a painter included',
    labelNames: ['from'],
    buckets: SECONDS,
    registers,
  });
  const refusals = new Counter({
    name: 'wasserfarbe_refusals_total',
    help: 'Requests and jobs that gave no picture, by reason',
    labelNames: ['reason'],
    registers,
  });
  const gauge = (name: string, help: string) => new Gauge({ name, help, registers });
  const painters = gauge('wasserfarbe_painters', 'Processes that paint');
  const free = gauge('wasserfarbe_painters_free', 'Painters that wait for work');
  const waiting = gauge('wasserfarbe_queue_pictures', 'Pictures that wait for a painter');
  const bytes = gauge('wasserfarbe_painters_resident_bytes', 'Memory of all painters');
  const replaced = gauge('wasserfarbe_painters_replaced', 'Painters that had to be replaced');
  const jobs = gauge('wasserfarbe_jobs_open', 'Jobs that have not ended');
  return {
    answered: (method, route, status, seconds) => requests.observe({ method, route, status }, seconds),
    painted: (isKept, seconds) => pictures.observe({ from: isKept ? 'store' : 'painter' }, seconds),
    refused: (reason) => refusals.inc({ reason }),
    async text() {
      const state = await pool.state();
      painters.set(state.pids.length);
      free.set(state.free);
      waiting.set(state.waiting);
      bytes.set(state.bytes);
      replaced.set(state.replaced);
      jobs.set(openJobs());
      return { type: registry.contentType, body: await registry.metrics() };
    },
  };
}
