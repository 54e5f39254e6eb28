import { type RequestHandler, Router } from 'express';
import { createApp } from './app.ts';
import { demoRouter } from './demo/demo-router.ts';
import type { Customer } from './demo/wallet.ts';
import { type HealthParts, healthRouter } from './health.ts';
import { CallerLimits } from './limits/caller-limits.ts';
import { proxyNotice } from './limits/proxy-notice.ts';
import { loginCodePage } from './login/login-page.ts';
import { loginQrRouter } from './login/login-qr.ts';
import { type LoginParts, loginRouter } from './login/login-router.ts';
import { type MetricsParts, metricsRouter } from './metrics-router.ts';
import { type OperatorParts, operatorRest, operatorRouter } from './operator/router.ts';
import { assetsRouter } from './pages/assets.ts';
import { channelPage } from './pages/channel-page.ts';
import { frontRouter } from './pages/front-page.ts';
import { payPage } from './pages/pay-page.ts';
import { rememberedQr } from './pages/qr.ts';
import { type QrLinks, qrRouter } from './pages/qr-router.ts';
import { withdrawPage } from './pages/withdraw-page.ts';
import { counts, type RequestMeter } from './request-meter.ts';
import type { Listener } from './server.ts';
import { Patience } from './wallet/call.ts';
import { ChannelHandlers, type ChannelParts } from './wallet/channel-handlers.ts';
import { hotPaths } from './wallet/hot.ts';
import { LoginHandlers } from './wallet/login-handlers.ts';
import { PayHandlers, type PayParts } from './wallet/pay-handlers.ts';
import { type WalletRoute, walletRouter } from './wallet/routes.ts';
import { WithdrawHandlers, type WithdrawParts } from './wallet/withdraw-handlers.ts';

/** What the web side stands on. */
export interface HttpParts
  extends OperatorParts,
    PayParts,
    WithdrawParts,
    ChannelParts,
    Omit<LoginParts, 'limits'>,
    HealthParts,
    MetricsParts {
  readonly trustedProxies: number;
  readonly version: string;
  readonly meter: RequestMeter;
  /** The customer's wallet of the demo network; undefined with a real node. */
  readonly customer: Customer | undefined;
}

/** The few hot GETs first, then the framework with one router an audience. */
export function createListener(parts: HttpParts): Listener {
  const { log, trustedProxies, customer, meter } = parts;
  const limits = new CallerLimits();
  const noticesProxy = proxyNotice(trustedProxies, log);
  const routing = { trustedProxies, patience: new Patience(), log, meter, limits };
  const demo = customer !== undefined;
  const qr = rememberedQr();
  const pay = new PayHandlers(parts);
  const withdraw = new WithdrawHandlers(parts);
  const hot = hotPaths({ pay, withdraw }, routing);
  const app = createApp(
    [
      counts(meter),
      healthRouter(parts),
      metricsRouter(parts),
      assetsRouter(),
      frontRouter({ site: new URL(parts.urls.origin).host, version: parts.version, demo }),
      qrRouter(qrLinks(parts), { qr, log }),
      loginQrRouter({ ...parts, qr }),
      loginRouter({ ...parts, limits }),
      walletRouter(
        walletRoutes(parts, {
          pay,
          withdraw,
          page: payPage({ ...parts, handlers: pay, qr, demo }),
        }),
        routing,
      ),
      Router().use('/api/v1', operatorRouter(parts)),
      Router().use('/api', operatorRest(parts)),
      ...(customer ? [demoRouter({ ...parts, customer })] : []),
    ],
    log,
  );
  return (req, res) => {
    noticesProxy(req);
    if (!hot(req, res)) app(req, res);
  };
}

/** What each kind of link writes into its code. */
function qrLinks({ payLinks, withdrawLinks, channelOffers, urls }: HttpParts): QrLinks[] {
  return [
    {
      path: '/lnurlp/:token',
      lnurlOf: async (token) => urls.payForms(payLinks.token(await payLinks.byToken(token))).lnurl,
    },
    {
      path: '/lnurlw/:token',
      lnurlOf: async (token) =>
        urls.withdrawForms(withdrawLinks.token(await withdrawLinks.byToken(token))).lnurl,
      isSecret: true,
    },
    {
      path: '/lnurlc/:token',
      lnurlOf: async (token) =>
        urls.channelForms(channelOffers.token(await channelOffers.byToken(token))).lnurl,
      isSecret: true,
    },
  ];
}

/** interface.md 2: what wallets call, each with the page that a browser sees there instead. */
function walletRoutes(
  parts: HttpParts,
  { pay, withdraw, page }: { pay: PayHandlers; withdraw: WithdrawHandlers; page: RequestHandler },
): WalletRoute[] {
  const login = new LoginHandlers(parts.logins);
  const channel = new ChannelHandlers(parts);
  return [
    { path: '/.well-known/lnurlp/:name', kind: 'reads', handler: pay.address, page },
    { path: '/lnurlp/verify/:id', kind: 'reads', handler: pay.verify },
    { path: '/lnurlp/:token', kind: 'reads', handler: pay.info, page },
    { path: '/lnurlp/:token/callback{/:version{/:tag}}', kind: 'acts', handler: pay.callback },
    {
      path: '/lnurlw/:token',
      kind: 'reads',
      handler: withdraw.info,
      page: withdrawPage({ ...parts, handlers: withdraw, demo: parts.customer !== undefined }),
    },
    { path: '/lnurlw/:token/callback', kind: 'acts', handler: withdraw.callback },
    {
      path: '/lnurlc/:token',
      kind: 'reads',
      handler: channel.info,
      page: channelPage({ ...parts, handlers: channel, demo: parts.customer !== undefined }),
    },
    { path: '/lnurlc/:token/callback', kind: 'acts', handler: channel.callback },
    {
      path: '/lnurla',
      kind: 'acts',
      handler: login.answer,
      page: loginCodePage(parts.urls),
    },
  ];
}
