// A slash command that is acknowledged at once; nothing is written and nothing follows. Bellhop's acknowledgements are
// measured beside these: the same requests, the same signatures, the same checks of both.
'use strict';

const { App, HTTPReceiver, LogLevel } = require('@slack/bolt');

const receiver = new HTTPReceiver({
  signingSecret: process.env.SLACK_SIGNING_SECRET,
  endpoints: ['/slack/commands'],
  logLevel: LogLevel.ERROR,
  customRoutes: [{ path: '/readyz', method: 'GET', handler: (_request, response) => response.end('ok\n') }],
});

const app = new App({
  receiver,
  logLevel: LogLevel.ERROR,
  // The token belongs to nobody: an acknowledgement needs none.
  authorize: async () => ({ botToken: 'none', botId: 'B0BENCH', botUserId: 'U0BENCH' }),
});

app.command('/aws', async ({ ack }) => {
  await ack({ response_type: 'ephemeral', text: 'Running.' });
});

app.start({ port: Number(process.env.PORT), host: '127.0.0.1' });
