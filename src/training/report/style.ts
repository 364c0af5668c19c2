// The look of the report: one style sheet, light and dark by what the reader's system prefers, narrow and wide.
export const STYLE = `
:root{color-scheme:light dark;--page:#f6f6f4;--card:#fff;--ink:#1b1f24;--soft:#5c636d;--rule:#e2e3e0;--main:#0b7285;--other:#868e96;
--third:#7048c4;--good:#2b7a3d;--bad:#c2410c;--band:#0b728522;--band3:#7048c422}
@media (prefers-color-scheme:dark){:root{--page:#14171a;--card:#1d2125;--ink:#e8eaec;--soft:#a0a8b1;--rule:#32383e;--main:#4cc2d6;--other:#8b949e;
--third:#a98bf0;--good:#5fc27a;--bad:#f08c5a;--band:#4cc2d62a;--band3:#a98bf02a}}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;-webkit-text-size-adjust:100%}
main,header{max-width:1080px;margin:0 auto;padding:0 20px}
header{padding-top:36px}
header p{max-width:none}
h1{font-size:26px;line-height:1.2;margin:0 0 4px}
h2{font-size:19px;margin:0 0 10px}
h3{font-size:16px;margin:26px 0 6px}
p{margin:0 0 12px;max-width:76ch}
.lead{font-size:18px;line-height:1.45;margin:18px 0 20px}
.lead{max-width:70ch}
.soft,.ci,caption,figcaption{color:var(--soft)}
.tiles{display:grid;grid-template-columns:repeat(4,1fr);gap:12px;margin:0 0 22px;padding:0}
.tiles div{background:var(--card);border:1px solid var(--rule);border-radius:10px;padding:12px 14px}
.tiles dt{color:var(--soft);font-size:13px}
.tiles dd{margin:2px 0 0;font-size:22px;font-weight:650;font-variant-numeric:tabular-nums}
.tiles dd small{display:block;font-size:12.5px;font-weight:400;color:var(--soft)}
section{background:var(--card);border:1px solid var(--rule);border-radius:12px;padding:22px 24px;margin:0 0 18px}
.columns>p{align-self:center}
.columns{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,400px),1fr));gap:8px 36px;align-items:start}
table{width:100%;border-collapse:collapse;margin:8px 0 14px;font-variant-numeric:tabular-nums;font-size:14px}
caption{text-align:left;padding:0 0 6px;font-weight:600;font-size:14px}
th,td{padding:4px 8px 4px 0;text-align:left;border-bottom:1px solid var(--rule);font-weight:400;vertical-align:middle}
tbody tr:last-child>*{border-bottom:0}
thead th{color:var(--soft);font-size:12.5px;vertical-align:bottom}
.number{text-align:right;white-space:nowrap}
.chart{width:38%;min-width:120px;padding:0 12px}
thead .chart{padding-bottom:2px}
th.number,td.number{padding-left:8px;padding-right:0}
em{font-style:normal;font-size:12px;color:var(--main);border:1px solid currentColor;border-radius:99px;padding:0 7px;margin-left:4px}
.warning{border-left:3px solid var(--bad);padding-left:12px}
tbody th{min-width:112px}
th small{display:block;color:var(--soft);font-size:12.5px}
code{font:13px ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;overflow-wrap:anywhere}
figure{margin:10px 0 6px}
figcaption{font-weight:600;font-size:14px;margin-bottom:4px}
svg{display:block;overflow:visible}
svg.chart{width:100%;max-width:600px;height:auto;min-width:0;padding:0}
svg text{fill:var(--soft);font:12px system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;font-variant-numeric:tabular-nums}
svg text.note{fill:var(--ink);font-weight:600}
.track text{font-size:11px}
.grid{stroke:var(--rule)}
.zero{stroke:var(--soft);stroke-dasharray:3 2}
.main{--tone:var(--main);--fill:var(--band)}.other{--tone:var(--other);--fill:transparent}.third{--tone:var(--third);--fill:var(--band3)}
.good{--tone:var(--good)}.bad{--tone:var(--bad)}
.whisker{stroke:var(--tone);stroke-width:1.75}
.dot,.bar{fill:var(--tone)}
.curve{fill:none;stroke:var(--tone);stroke-width:2}
.band{fill:var(--fill)}
.ring{fill:none;stroke:var(--ink);stroke-width:1.5}
.legend{display:flex;flex-wrap:wrap;gap:4px 16px;margin:0 0 4px;font-size:13px;color:var(--soft)}
.key{display:inline-block;width:14px;height:3px;border-radius:2px;background:var(--tone);vertical-align:middle;margin-right:6px}
summary{cursor:pointer;color:var(--main)}
details{margin:4px 0 10px}
.foot{color:var(--soft);font-size:13px;padding-bottom:36px}
@media (max-width:640px){
main,header{padding:0 12px}header{padding-top:22px}section{padding:16px 14px;border-radius:10px}h1{font-size:22px}.lead{font-size:16.5px}
table{font-size:13px}.ci{display:block;font-size:11.5px;white-space:normal;min-width:58px}
.chart{min-width:76px;width:30%;padding:0 4px}th,td{padding-right:5px}th.number,td.number{padding-left:5px}.tiles{grid-template-columns:1fr 1fr;gap:8px}
code{font-size:12px}tbody th{min-width:0}
svg.chart text{font-size:16px}
}
@media print{body{background:#fff}section{break-inside:avoid;border-color:#ccc}}
`;
