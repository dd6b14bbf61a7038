/** Whatever a database, or something in its place, answers: a value of the right shape, or a typed error of some words. */
import fc from 'fast-check';
import { SluiceError } from '../../connect/errors.js';
import { parseDorisSinkConfig } from '../../connectors/doris/config.js';
import { DorisDriver } from '../../connectors/doris/driver.js';
import {
  type Address,
  type BodyRequest,
  type DorisTransport,
  parseRedirect,
  type Redirect,
} from '../../connectors/doris/http.js';
import {
  frontendError,
  type HttpReply,
  loadReply,
  statusError,
  twoPhaseAnswer,
} from '../../connectors/doris/replies.js';
import { envelope, json, redirectTo, type ScriptedServer, startServer } from '../connectors/doris/support/server.js';
import { failureOf, loadOf, openDriver, rawConfig } from '../connectors/doris/support/sink.js';
import { damaged, damages, FUZZ_TIMEOUT_MS, HOSTILE_TEXTS, runs, typedOutcome } from './support/fuzz.js';

/** An error is stored in workflow history, several times over: server limits begin at 2 MB. */
const MAX_MESSAGE_CHARACTERS = 8_100;
const REAL_REPLIES = [
  '{"TxnId":18036,"Label":"l","Comment":"","TwoPhaseCommit":"true","Status":"Success","Message":"OK","NumberTotalRows":2,"NumberLoadedRows":2,"NumberFilteredRows":0,"LoadBytes":40,"ErrorURL":"http://be:8040/api/_load_error_log?file=x"}',
  '{"TxnId":-1,"Label":"l","Status":"Label Already Exists","ExistingJobStatus":"RUNNING","Message":"errCode = 2, detailMessage = Label [l] has already been used, relate to txn [7]"}',
  '{"TxnId":5,"Status":"Fail","Message":"[DATA_QUALITY_ERROR]too many filtered rows","ErrorURL":"http://be:8040/api/_load_error_log?file=x"}',
  '{"status":"Success","msg":"transaction [18036] commit successfully."}',
  '{"status":"ANALYSIS_ERROR","msg":"errCode = 2, detailMessage = transaction [18036] is already visible, not pre-committed."}',
  '{"msg":"success","code":0,"data":"UNKNOWN","count":0}',
  '{"msg":"success","code":0,"data":{"backends":[{"ip":"127.0.0.1","http_port":8040,"is_alive":true}]},"count":0}',
  '{"msg":"Unauthorized","code":401,"data":"Access denied for root@10.0.0.9","count":0}',
  '<html><head><title>502 Bad Gateway</title></head></html>',
].map((text) => Buffer.from(text));
const TELLING = [
  '"',
  '{',
  '}',
  ':',
  ',',
  '9223372036854775808',
  '1e400',
  '-',
  '\\u0000',
  'null',
  'true',
  '[]',
  '"TxnId":2,',
  ...HOSTILE_TEXTS,
];

const body = fc.oneof(
  fc
    .tuple(fc.constantFrom(...REAL_REPLIES), damages(TELLING))
    .map(([bytes, damage]) => damaged(bytes, damage).toString()),
  fc.constantFrom(...REAL_REPLIES.map(String)),
  fc.json({ maxDepth: 3 }),
);
const status = fc.constantFrom(200, 200, 200, 200, 204, 400, 401, 403, 404, 429, 500, 503);
const reply = fc.record({ status, body, host: fc.constant('be:8040') });

function expectTellable(error: SluiceError): void {
  expect(error.message.length).toBeLessThan(MAX_MESSAGE_CHARACTERS);
  expect(JSON.stringify(error.context).length).toBeLessThan(2 * MAX_MESSAGE_CHARACTERS);
}

test(
  'a reply is read, or told as an error',
  () => {
    fc.assert(
      fc.property(reply, (answer) => {
        const load = typedOutcome(() => loadReply(answer, {}));
        if (load instanceof SluiceError) expectTellable(load);
        else {
          expect(load.transactionId ?? '0').toMatch(/^\d{1,19}$/);
          for (const rows of [load.totalRows, load.loadedRows, load.filteredRows])
            expect(rows).toBeGreaterThanOrEqual(0);
        }
        const finished = typedOutcome(() => twoPhaseAnswer(answer, {}));
        if (finished instanceof SluiceError) expectTellable(finished);
        expectTellable(statusError(answer, {}));
      }),
      runs(800),
    );
  },
  FUZZ_TIMEOUT_MS,
);

test.each(['9223372036854775807', '9007199254740993'])('transaction %s is read digit by digit', (digits) => {
  const answer = (text: string) => loadReply({ status: 200, body: text, host: 'be' }, {}).transactionId;
  expect(answer(`{"Status":"Success","TxnId":${digits}}`)).toBe(digits);
  // As JSON has it, the last of several counts.
  expect(answer(`{"TxnId":1,"Status":"Success","TxnId": ${digits} }`)).toBe(digits);
});

test.each(['9223372036854775808e0', '1e400', '1.5', '-7', 'null', '"7; DROP"', '{}', 'true', '99999999999999999999'])(
  'TxnId %s is no transaction',
  (written) => {
    const load = typedOutcome(() =>
      loadReply({ status: 200, body: `{"Status":"Success","TxnId":${written}}`, host: 'be' }, {}),
    );
    expect(load).toMatchObject({ transactionId: undefined });
  },
);

test('a message of megabytes is told in part', () => {
  const long = 'x'.repeat(3 << 20);
  expectTellable(frontendError({ msg: long, code: 1, data: long }, {}));
  expectTellable(statusError({ status: 500, body: long, host: 'be' }, {}));
  const load = loadReply(
    { status: 200, body: JSON.stringify({ Status: 'Fail', ErrorURL: `http://${long}` }), host: 'be' },
    {},
  );
  expect(load.errorUrl).toBeUndefined();
});

test.each(['table ', 'database ', 'running txns on db ', 'exceed limit: 1', '"TxnId" : 1', 'relate to txn [1', ' '])(
  'megabytes of %j are judged as quickly as any other text',
  (word) => {
    const words = word.repeat((4 << 20) / word.length);
    const began = performance.now();
    expectTellable(frontendError({ msg: words, code: 1 }, {}));
    for (const body of [words, JSON.stringify({ status: 'Fail', msg: words }), JSON.stringify({ Status: words })]) {
      typedOutcome(() => twoPhaseAnswer({ status: 200, body, host: 'be' }, {}));
      typedOutcome(() => loadReply({ status: 200, body, host: 'be' }, {}));
    }
    expect(performance.now() - began).toBeLessThan(10_000);
  },
);

test.each([
  ['arrays', '['.repeat(100_000) + ']'.repeat(100_000)],
  ['objects', `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`],
])('%s within each other, 100,000 deep: told as an error', (_title, deep) => {
  for (const body of [deep, `{"Status":${deep}}`, `{"msg":${deep}}`, `{"code":0,"data":${deep}}`]) {
    expectTellable(typedOutcome(() => twoPhaseAnswer({ status: 200, body, host: 'be' }, {})) as SluiceError);
    expect(typedOutcome(() => loadReply({ status: 200, body, host: 'be' }, {}))).toBeInstanceOf(SluiceError);
  }
});

test(
  'the address of a redirect is one of a host, whatever its Location is',
  () => {
    const location = fc
      .tuple(
        fc.constant(Buffer.from('http://root:p@ss@be:8040/api/db/t/_stream_load?')),
        damages(['@', ':', '/', '#', '?', '[', ']', '\\', '\r\n', ' ', ...HOSTILE_TEXTS]),
      )
      .map(([bytes, damage]) => damaged(bytes, damage).toString());
    fc.assert(
      fc.property(location, (text) => {
        const redirect = parseRedirect(text);
        if (redirect !== undefined) expect(redirect.host).toMatch(/^[^\s/?#@\\[\]]+$/);
      }),
      runs(3_000),
    );
  },
  FUZZ_TIMEOUT_MS,
);

/** A cluster whose every answer is the next of a script. */
class ScriptedTransport implements DorisTransport {
  asked = 0;
  constructor(
    private readonly script: readonly (HttpReply | Redirect)[],
    private readonly usual: HttpReply,
  ) {}
  hop(to: Address, call: Omit<BodyRequest, 'body'>): Promise<Redirect | HttpReply> {
    return this.send(to, call);
  }
  async send(_to: Address, _call: BodyRequest): Promise<Redirect | HttpReply> {
    return this.script[this.asked++] ?? this.usual;
  }
  async close(): Promise<void> {}
}

test(
  'a driver comes to an end, and keeps its password, whatever it is told',
  async () => {
    const config = parseDorisSinkConfig(rawConfig(8030, { 'doris.password': 's3cret' }));
    const redirect = fc.record({
      host: fc.constantFrom('127.0.0.1', 'be', 'evil', '__proto__'),
      port: fc.nat(65_535),
      path: fc.constant('/api/db/t/_stream_load'),
    });
    const { signal } = new AbortController();
    await fc.assert(
      fc.asyncProperty(fc.array(fc.oneof(reply, redirect), { maxLength: 12 }), reply, async (script, usual) => {
        for (const work of [
          (driver: DorisDriver) => driver.prepare(loadOf('l', ['{"id":1}']), { mustExist: false, signal }),
          (driver: DorisDriver) =>
            driver.commit(
              {
                database: 'db',
                table: 't',
                label: 'l',
                transactionId: '7',
                state: 'PRECOMMITTED',
                rows: 1,
                filteredRows: 0,
                sizeBytes: 9,
              },
              signal,
            ),
          (driver: DorisDriver) => driver.lookup('db', 'l', signal),
          (driver: DorisDriver) => driver.validate([{ database: 'db', table: 't' }], signal),
        ]) {
          const http = new ScriptedTransport(script, usual);
          const outcome = await work(new DorisDriver(config, { http })).catch((error: unknown) => error);
          if (outcome instanceof Error) expect(outcome).toBeInstanceOf(SluiceError);
          if (outcome instanceof SluiceError) expectTellable(outcome);
          expect(http.asked).toBeLessThan(80);
          expect(JSON.stringify(outcome)).not.toContain('s3cret');
        }
      }),
      runs(300),
    );
  },
  FUZZ_TIMEOUT_MS,
);

describe('over a wire', () => {
  const closing: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });
  const { signal } = new AbortController();
  async function driverOf(
    server: ScriptedServer,
    changes: Readonly<Record<string, string>> = {},
  ): Promise<DorisDriver> {
    const driver = openDriver(server.port, changes);
    closing.push(() => driver.close());
    return driver;
  }
  async function serverOf(answer: Parameters<typeof startServer>[0]): Promise<ScriptedServer> {
    const server = await startServer(answer);
    closing.push(server.close);
    return server;
  }

  test('a reply without an end is left', async () => {
    const chunk = Buffer.alloc(1 << 16, 'x');
    const server = await serverOf((_, response) => {
      const more = () => {
        while (!response.destroyed && response.write(chunk)) {
          // until the reader is behind
        }
      };
      response.on('drain', more);
      more();
    });
    const error = await failureOf((await driverOf(server)).lookup('db', 'l', signal));
    expect(error).toMatchObject({ code: 'SINK_UNREACHABLE', retryable: true });
    expect(error.message).toMatch(/longer than 4194304 bytes/);
  });

  test('a reply without an answer is left at the time-out', async () => {
    const server = await serverOf((_, response) => {
      response.writeHead(307, { location: 'http://127.0.0.1:1/' });
      response.flushHeaders();
    });
    const cancelling = new AbortController();
    const asked = (await driverOf(server)).lookup('db', 'l', cancelling.signal);
    setTimeout(() => cancelling.abort(), 50).unref();
    expect(await failureOf(asked)).toMatchObject({ code: 'CANCELLED' });
  });

  test.each([...HOSTILE_TEXTS.filter((name) => !/[\ud800-\udfff]/.test(name) && name !== '' && name !== '..')])(
    'a table %j is one part of the path, and nothing else',
    async (table) => {
      const server = await serverOf((seen, response, request) => {
        (seen.method === 'GET' ? envelope('UNKNOWN') : redirectTo(`http://${server.name}${seen.path}`))(
          seen,
          response,
          request,
        );
      });
      await failureOf((await driverOf(server)).prepare(loadOf('l', ['{"id":1}'], table), { mustExist: false, signal }));
      const loads = server.seen.filter(({ method }) => method === 'PUT');
      expect(loads.length).toBeGreaterThan(0);
      for (const { path, headers } of loads) {
        const parts = path.split('?')[0]?.split('/') ?? [];
        expect(parts.map(decodeURIComponent)).toEqual(['', 'api', 'db', table, '_stream_load']);
        expect(headers['x-injected']).toBeUndefined();
      }
    },
  );

  test('names of columns in any script arrive as UTF-8', async () => {
    const backend = await serverOf(json({ Status: 'Fail', Message: 'unknown table' }));
    const frontend = await serverOf((seen, response, request) => {
      const load = redirectTo(`http://${backend.name}${seen.path}`);
      (seen.method === 'GET' ? envelope('UNKNOWN') : load)(seen, response, request);
    });
    const driver = await driverOf(frontend, { 'sink.properties.columns': '编号,größe' });
    await failureOf(driver.prepare(loadOf('l', ['{"id":1}']), { mustExist: false, signal }));
    expect(Buffer.from(String(backend.seen[0]?.headers.columns), 'latin1').toString('utf8')).toBe('编号,größe');
  });
});
