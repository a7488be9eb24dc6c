import { trusted } from './html-text.ts';

/** The style of the report: light and dark as the reader's system asks, and on paper. Everything is inside: the page asks for nothing. */
export const REPORT_STYLE = trusted(`
:root{color-scheme:light dark;
--paper:#fbfaf7;--card:#fff;--ink:#1c2230;--soft:#545b69;--line:#dcd8cf;--lane:#f3f0e9;--accent:#8e1f24;
--good:#17653a;--good-bg:#e2f2e7;--bad:#a31621;--bad-bg:#fbe4e4;--wait:#7a4b00;--wait-bg:#fbeecf;--mute-bg:#ece9e2;
--span:#2d4a7c1f;--mark:#2d4a7c;--mark-ink:#fff;--person:#6b3fa0;--halt:#a31621;--halt-ink:#fff;--active-bg:#cfe7d7;--hand:#fffbea;--hand-line:#b08a1e}
@media (prefers-color-scheme:dark){:root{
--paper:#12151b;--card:#1a1f28;--ink:#e9e6df;--soft:#a9afbb;--line:#343b47;--lane:#171c24;--accent:#f0a3a0;
--good:#8fd9a8;--good-bg:#143222;--bad:#ffaaa6;--bad-bg:#43191c;--wait:#f3cd7d;--wait-bg:#3a2c0c;--mute-bg:#2a303b;
--span:#a9c4f526;--mark:#a9c4f5;--mark-ink:#10151f;--person:#d3b6f7;--halt:#c94a50;--halt-ink:#fff;--active-bg:#1e4a30;--hand:#221f12;--hand-line:#8f7a34}}
*{box-sizing:border-box}
html{scroll-behavior:smooth;-webkit-text-size-adjust:100%}
body{margin:0;overflow-wrap:break-word;background:var(--paper);color:var(--ink);font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Liberation Sans",sans-serif}
header,main,footer{max-width:75rem;margin:0 auto;padding:0 1.5rem}
header{padding-top:2.5rem}footer{padding-bottom:3rem;color:var(--soft);font-size:.875rem}
h1{font-size:1.9rem;line-height:1.2;margin:.35rem 0 .5rem;letter-spacing:-.015em}
h1 code{font-size:.92em;letter-spacing:-.02em}
h2{font-size:1.3rem;margin:2.75rem 0 .85rem;padding-bottom:.35rem;border-bottom:2px solid var(--accent);letter-spacing:-.01em}
h3{font-size:1.02rem;margin:1.6rem 0 .5rem}
p{margin:.4rem 0 .8rem}a{color:inherit}
code,.code{font:.875em/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,"Liberation Mono",monospace;overflow-wrap:anywhere}
a:focus-visible,.scroll:focus-visible{outline:3px solid var(--accent);outline-offset:2px;border-radius:4px}
.skip{position:absolute;left:-999rem}.skip:focus{left:1rem;top:1rem;background:var(--card);padding:.5rem 1rem}
.over{color:var(--accent);font-weight:650;letter-spacing:.08em;text-transform:uppercase;font-size:.78rem;margin:0}
.lead{font-size:1.12rem;max-width:60ch}
.chips{display:flex;flex-wrap:wrap;gap:.5rem;margin:.75rem 0 0;padding:0;list-style:none}
.chip{display:inline-block;border-radius:99px;padding:.08rem .7rem;font-size:.84rem;font-weight:600;background:var(--mute-bg);white-space:nowrap}
.kept,.in-time,.succeeded,.passed,.approved{--c:var(--good);--b:var(--good-bg)}
.broken,.late,.missed,.failed,.denied{--c:var(--bad);--b:var(--bad-bg)}
.pending,.refused,.not-measured,.not-comparable{--c:var(--wait);--b:var(--wait-bg)}
.verdict{color:var(--c,var(--soft));background:var(--b,var(--mute-bg))}
dl.facts{display:grid;grid-template-columns:repeat(auto-fit,minmax(13rem,1fr));gap:.9rem 1.5rem;margin:1.4rem 0 0}
dl.facts div{border-left:3px solid var(--line);padding-left:.8rem}
dt{color:var(--soft);font-size:.84rem}dd{margin:0;font-weight:600}
.next{border:2px solid var(--bad);background:var(--bad-bg);border-radius:10px;padding:.9rem 1.2rem;margin-top:1.5rem}
.next h2{border:0;margin:0;padding:0;font-size:1.1rem;color:var(--bad)}.next ul{margin:.4rem 0 0}
.cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(15.5rem,1fr));gap:.9rem;padding:0;margin:0;list-style:none}
.card{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:.85rem 1rem;display:flex;flex-direction:column}
.card h3{margin:0;font-size:.9rem;font-weight:600;color:var(--soft)}
.card .value{font-size:1.62rem;font-weight:680;letter-spacing:-.02em;line-height:1.3;font-variant-numeric:tabular-nums}
.card .value.none{font-size:1.1rem;color:var(--soft)}
.card p{margin:.1rem 0 .5rem;font-size:.875rem;color:var(--soft)}
.card .verdict{margin-top:auto;align-self:flex-start}
.bar{height:6px;border-radius:3px;background:var(--mute-bg);margin:.25rem 0 .5rem;overflow:hidden}
.bar i{display:block;height:100%;min-width:3px;border-radius:3px;background:var(--c,var(--soft));width:var(--used)}
.scroll{overflow-x:auto;border:1px solid var(--line);border-radius:10px;background:var(--card)}
table{border-collapse:collapse;width:100%;font-size:.9rem}
caption{text-align:left;padding:.7rem .9rem 0;color:var(--soft);font-size:.875rem}
th,td{text-align:left;vertical-align:top;padding:.5rem .9rem;border-top:1px solid var(--line)}
thead th{border-top:0;color:var(--soft);font-size:.8rem;font-weight:600;white-space:nowrap}
tbody th{font-weight:600}tbody tr:target{background:var(--wait-bg)}
td.num,th.num{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}td.nowrap{white-space:nowrap}td.what{min-width:17rem}td.code{font-size:.82rem}
.milestones{list-style:none;margin:0;padding:0;border-left:3px solid var(--accent)}
.milestones li{padding:.2rem 0 .75rem 1.2rem;position:relative}
.milestones li::before{content:"";position:absolute;left:-8px;top:.6rem;width:13px;height:13px;border-radius:50%;background:var(--accent);border:3px solid var(--paper)}
.milestones li.ahead::before{background:var(--paper);border-color:var(--soft)}
.milestones time,.milestones .ahead-word{font-variant-numeric:tabular-nums;color:var(--soft);margin-right:.6rem}
.milestones small{display:block;color:var(--soft);font-size:.875rem}
.by-hand{border:1.5px dashed var(--hand-line);background:var(--hand);border-radius:8px;padding:.55rem .9rem;margin:.5rem 0;min-height:3.4rem}
.by-hand b{display:block;font-size:.78rem;letter-spacing:.05em;text-transform:uppercase;color:var(--wait)}
.columns{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(26rem,100%),1fr));gap:.5rem 1.5rem}
.columns h3{margin-top:.8rem}
.seal{overflow-wrap:anywhere;border-radius:10px;padding:.8rem 1.1rem;background:var(--b);color:var(--c);font-weight:600}.seal code{font-weight:400}
.drawing{display:block;min-width:58rem;width:100%;height:auto;font:12px system-ui,-apple-system,"Segoe UI",Roboto,"Liberation Sans",sans-serif}
.drawing .lane.even{fill:var(--lane)}.drawing .lane.odd{fill:var(--card)}
.drawing text{fill:var(--ink)}.drawing .span{fill:var(--span)}.drawing .span-word{fill:var(--soft);font-style:italic}.drawing .lane-title{font-weight:600;font-size:13px}
.drawing .axis,.drawing .tick{stroke:var(--soft);stroke-width:1.2}
.drawing .tick-label,.drawing .axis-title{fill:var(--soft)}.drawing .break{stroke:var(--soft);fill:none;stroke-width:1.5}
.drawing .deadline line{stroke:var(--c);stroke-width:1.5;stroke-dasharray:5 4}
.drawing .deadline rect{fill:var(--b)}.drawing .deadline text{fill:var(--c);font-weight:600;font-size:12px}
.drawing .mark circle{fill:var(--mark);stroke:var(--card);stroke-width:1.5}
.drawing .mark text{fill:var(--mark-ink);font-size:10.5px;font-weight:650;font-variant-numeric:tabular-nums}
.drawing .mark.person circle{fill:var(--person)}
.drawing .mark.failed circle{fill:var(--bad)}.drawing .mark.refused circle{fill:var(--wait)}
.drawing .mark.failed text,.drawing .mark.refused text{fill:var(--paper)}
.drawing .mark:hover circle,.drawing .mark:focus-visible circle{stroke:var(--ink);stroke-width:2.5}
.drawing .mark:focus-visible{outline:none}
.drawing .trading.halted{fill:var(--halt)}.drawing .trading.active{fill:var(--active-bg)}
.drawing .trading-word{font-weight:600}.drawing .trading-word.halted{fill:var(--halt-ink)}.drawing .trading-word.active{fill:var(--ink)}
.legend{display:flex;flex-wrap:wrap;gap:.3rem 1.4rem;list-style:none;margin:.6rem 0 0;padding:0;color:var(--soft);font-size:.875rem}
.legend i{display:inline-block;width:.8rem;height:.8rem;border-radius:50%;margin-right:.45rem;vertical-align:-.06rem;background:var(--mark)}
.legend .p i{background:var(--person)}.legend .f i{background:var(--bad)}.legend .r i{background:var(--wait)}
.legend .d i{border-radius:0;width:0;height:1rem;border-left:2px dashed var(--soft);background:none;vertical-align:-.2rem}
@media (prefers-reduced-motion:reduce){html{scroll-behavior:auto}}
@media (max-width:40rem){header,main,footer{padding-left:1rem;padding-right:1rem}h1{font-size:1.5rem}}
@media print{:root{color-scheme:light;
--paper:#fff;--card:#fff;--ink:#000;--soft:#444;--line:#bbb;--lane:#f5f5f5;--accent:#8e1f24;
--good:#17653a;--good-bg:#e2f2e7;--bad:#a31621;--bad-bg:#fbe4e4;--wait:#7a4b00;--wait-bg:#fbeecf;--mute-bg:#ececec;
--span:#2d4a7c1f;--mark:#2d4a7c;--mark-ink:#fff;--person:#6b3fa0;--halt:#a31621;--halt-ink:#fff;--active-bg:#cfe7d7;--hand:#fff;--hand-line:#888}
@page{margin:14mm}body{font-size:10.5pt}*{-webkit-print-color-adjust:exact;print-color-adjust:exact}
header,main,footer{max-width:none;padding-left:0;padding-right:0}.skip{display:none}
.cards{grid-template-columns:repeat(4,1fr)}.card .value{font-size:1.2rem}.scroll{overflow:visible}.drawing{min-width:0}table{font-size:7.5pt}
th,td,thead th,td.num,td.nowrap{padding:.25rem .35rem;white-space:normal;overflow-wrap:anywhere}td.what{min-width:0}.chip{padding:0 .4rem;font-size:.95em}h2,h3{break-after:avoid}tr,.card,.by-hand,.milestones li,.drawing{break-inside:avoid}thead{display:table-header-group}
.by-hand{min-height:5rem}}
`);
