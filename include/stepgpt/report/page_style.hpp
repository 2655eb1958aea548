// How the page of a report looks, beside its charts: one column, large enough to read on a phone, light and dark.
//
// Not here: the colours (chart_colours in svg.hpp), and any script or file from elsewhere; there is none.
#pragma once

#include <string_view>

namespace stepgpt {

inline constexpr std::string_view page_style = R"(
:root{color-scheme:light dark}
body{margin:0 auto;max-width:46rem;padding:2rem 1.1rem 5rem;background:var(--paper);color:var(--ink);
 font:1.0625rem/1.6 Charter,'Bitstream Charter','Iowan Old Style','Palatino Linotype',Georgia,serif;
 overflow-wrap:break-word}
h1{font-size:1.9rem;line-height:1.2;margin:0 0 1.2rem;text-wrap:balance}
h2{font-size:1.3rem;line-height:1.3;margin:3.2rem 0 .3rem}
p{margin:.5rem 0}.note{color:var(--soft);font-size:.95rem}
a{color:inherit}
figure{margin:1.2rem 0}svg.chart{display:block;width:100%;height:auto}
.narrow{display:none}
@media(max-width:560px){.wide{display:none}.narrow{display:block}}
.facts,.figures,.where,.scored,.remark,.scale,dt,dd{font-family:system-ui,-apple-system,'Segoe UI',Roboto,sans-serif}
.facts{display:grid;grid-template-columns:repeat(auto-fill,minmax(10rem,1fr));gap:.7rem 1.4rem;margin:0;
 padding:1rem 0;border:solid var(--faint);border-width:1px 0}
dt{color:var(--soft);font-size:.78rem;line-height:1.4}dd{margin:0;font-size:.94rem;line-height:1.4}
.figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(9rem,1fr));gap:1rem 1.4rem;margin:1rem 0 1.2rem}
.figures b{display:block;font-size:1.8rem;line-height:1.2;font-weight:600;font-variant-numeric:tabular-nums}
.figures span{color:var(--soft);font-size:.84rem;line-height:1.35;display:block}
.remark{border-left:3px solid var(--c1);padding:.15rem 0 .15rem .9rem;margin:.9rem 0;font-size:.95rem;line-height:1.5}
.where{font-size:.84rem;color:var(--soft);margin:1.6rem 0 .3rem}
.number{display:inline-block;min-width:1.35em;line-height:1.35em;border:1px solid var(--soft);border-radius:1em;
 text-align:center;color:var(--ink);margin-right:.4em;font-size:.8rem}
pre{margin:0;padding:.8rem 1rem;background:var(--wash);border-radius:5px;white-space:pre-wrap;overflow-wrap:anywhere;
 unicode-bidi:isolate;font:.88rem/1.55 ui-monospace,'Cascadia Mono',Menlo,Consolas,monospace}
pre:target{outline:2px solid var(--c0)}
.scored{line-height:2.2;white-space:pre-wrap;overflow-wrap:anywhere;font-size:1rem;margin:1rem 0}
.scored span{unicode-bidi:isolate;padding:.18em 1px;border-radius:3px;margin:0 .5px;outline-offset:1px}
.scored span:hover,.scored span:focus{outline:2px solid var(--ink)}
.scored span:hover::after,.scored span:focus::after{content:attr(data-tip);position:fixed;inset:auto 0 0;z-index:2;
 padding:.7rem 1.1rem;background:var(--ink);color:var(--paper);font-size:.94rem;line-height:1.5;text-align:center}
.scale{display:flex;flex-wrap:wrap;gap:.3rem .5rem;font-size:.8rem;color:var(--soft);align-items:center}
.scale span{padding:.15rem .55rem;border-radius:3px;color:var(--ink)}
.u0{background:none;box-shadow:inset 0 -1px var(--faint)}
.u1{--part:14%}.u2{--part:28%}.u3{--part:44%}.u4{--part:62%}
.u1,.u2,.u3,.u4{background:color-mix(in srgb,var(--c1) var(--part),var(--paper))}
.heads{display:grid;grid-template-columns:auto repeat(var(--heads),minmax(0,1fr));gap:.45rem;margin:1.2rem 0;
 font:.78rem/1 system-ui,-apple-system,'Segoe UI',Roboto,sans-serif;
 color:var(--soft);align-items:center}
.heads>span{text-align:center}.legend{max-width:22rem}
.cell{aspect-ratio:1;min-width:0}
.map{background:var(--wash)}.map>a{display:block}.map .close,.map .names,.map::before{display:none}
.map:target{position:fixed;inset:0;z-index:3;background:var(--paper);overflow:auto;padding:7.5rem 1rem 2rem 6.5rem;
 box-sizing:border-box}
.map:target::before{display:block;content:attr(data-name);position:absolute;left:1.1rem;top:1.1rem}
.map:target::before,.map:target .close{font-size:1rem;color:var(--ink)}
.map:target .close{display:block;position:absolute;right:1.1rem;top:.8rem;padding:.4rem 1rem;
 border:1px solid var(--soft);border-radius:5px;text-decoration:none}
.map:target svg{overflow:visible;max-width:calc(100vh - 10rem);background:var(--wash)}
.map:target .names{display:inline;font-size:min(8px,calc(var(--tokens)*.18px))}
@media(max-width:560px){.map:target .names{font-size:min(8px,calc(var(--tokens)*.4px))}}
footer{margin-top:4rem;padding-top:.8rem;border-top:1px solid var(--faint);color:var(--soft);font-size:.9rem}
)";

}  // namespace stepgpt
