// The npm package `lnurl` as it comes, with its memory store and its dummy Lightning backend, and one
// pay link without a limit of uses, and one voucher.
// The argument is JSON: { publicUrl, min, max, metadata, voucher: { amount, description } }.
import lnurl from 'lnurl';

const { publicUrl, min, max, metadata, voucher } = JSON.parse(process.argv[2] ?? '');
const server = lnurl.createServer({
  url: publicUrl,
  lightning: { backend: 'dummy', config: {} },
  store: { backend: 'memory', config: { noWarning: true } },
  // It refuses port 0, so its own web server is told separately to listen on a free port.
  listen: false,
});
const terms = { minSendable: min, maxSendable: max, metadata, commentAllowed: 0 };
const { secret } = await server.generateNewUrl('payRequest', terms, { uses: 0 });
const gift = {
  minWithdrawable: voucher.amount,
  maxWithdrawable: voucher.amount,
  defaultDescription: voucher.description,
};
const { secret: giftSecret } = await server.generateNewUrl('withdrawRequest', gift);
const web = server.app.webServer;
web.listen(0, '127.0.0.1', () => {
  process.stdout.write(
    `lnurl listens on 127.0.0.1:${web.address()?.port} with secrets ${secret} and ${giftSecret}\n`,
  );
});
