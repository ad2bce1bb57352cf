/// How pages look: two color schemes, any width, one accent.
enum ConsoleStyle {
    static let text = """
        :root {
          color-scheme: light dark;
          --paper: light-dark(#f7f5ef, #10181c);
          --card: light-dark(#ffffff, #172329);
          --ink: light-dark(#1c2a30, #e6ecee);
          --soft: light-dark(#54646b, #9db0b7);
          --line: light-dark(#dcd8cc, #2b3b43);
          --accent: light-dark(#0f5c70, #6cc5da);
          --accent-ink: light-dark(#ffffff, #08222a);
          --wash: light-dark(#e7f1f3, #1b3038);
          --good: light-dark(#1d6b3c, #7fd6a1);
          --warn: light-dark(#8a5300, #f0c070);
          --bad: light-dark(#a32626, #ff9c94);
          --radius: .6rem;
          --mono: ui-monospace, "SFMono-Regular", "DejaVu Sans Mono", Menlo, Consolas, monospace;
        }
        * { box-sizing: border-box; }
        html { font: 100%/1.55 system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; background: var(--paper); color: var(--ink); }
        body { margin: 0; min-height: 100vh; }
        a { color: var(--accent); text-underline-offset: .15em; }
        a:hover { text-decoration-thickness: .12em; }
        :focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; border-radius: .25rem; }
        main:focus { outline: none; }
        .skip { position: absolute; left: -100vw; top: .5rem; background: var(--card); padding: .5rem 1rem; border-radius: var(--radius); z-index: 2; }
        .skip:focus { left: .5rem; }

        .bar { display: flex; flex-wrap: wrap; gap: .25rem 1.5rem; align-items: center; padding: .6rem clamp(1rem, 4vw, 2.5rem);
          background: var(--card); border-bottom: 1px solid var(--line); }
        .brand { display: inline-flex; align-items: center; gap: .55rem; font-weight: 700; font-size: 1.1rem; letter-spacing: .01em;
          color: var(--ink); text-decoration: none; padding: .25rem 0; }
        .mark { width: 1.7rem; height: 1.7rem; }
        .mark circle { fill: none; stroke: var(--accent); stroke-width: 1.6; }
        .mark path { fill: var(--accent); }
        .bar nav { flex: 1 1 auto; }
        .bar nav ul { display: flex; flex-wrap: wrap; gap: .15rem; list-style: none; margin: 0; padding: 0; }
        .bar nav a { display: block; padding: .4rem .75rem; border-radius: var(--radius); color: var(--soft); text-decoration: none; font-weight: 500; }
        .bar nav a:hover { background: var(--wash); color: var(--ink); }
        .bar nav a[aria-current] { background: var(--wash); color: var(--accent); }
        .who { display: flex; align-items: center; gap: .75rem; }
        .role { font-size: .75rem; font-weight: 600; letter-spacing: .06em; color: var(--soft); }

        main { max-width: 76rem; margin: 0 auto; padding: 1.5rem clamp(1rem, 4vw, 2.5rem) 4rem; }
        h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 0 .35rem; letter-spacing: -.01em; overflow-wrap: anywhere; }
        h2 { font-size: 1.1rem; margin: 0 0 .75rem; }
        .lead { color: var(--soft); margin: 0 0 1.5rem; overflow-wrap: anywhere; }
        .crumbs { font-size: .9rem; margin: 0 0 .5rem; color: var(--soft); }
        .card { background: var(--card); border: 1px solid var(--line); border-radius: var(--radius); padding: 1.1rem 1.25rem; margin: 0 0 1.25rem; }
        .split { display: grid; gap: 1.25rem; grid-template-columns: minmax(0, 1fr); align-items: start; }
        @media (min-width: 60rem) {
          .split { grid-template-columns: minmax(0, 1fr) 22rem; }
          .split.reader { grid-template-columns: 21rem minmax(0, 1fr); }
        }
        .split > .card { margin: 0; }
        .empty { color: var(--soft); padding: 1rem 0; margin: 0; }

        table { width: 100%; border-collapse: collapse; }
        caption { text-align: left; font-weight: 600; font-size: 1.1rem; padding: 0 0 .6rem; }
        th { text-align: left; font-size: .78rem; font-weight: 600; color: var(--soft); padding: .4rem .75rem .4rem 0; border-bottom: 1px solid var(--line); }
        td { padding: .6rem .75rem .6rem 0; border-bottom: 1px solid var(--line); vertical-align: top; overflow-wrap: anywhere; }
        tbody tr:last-child td { border-bottom: 0; }
        td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; }
        td small, .small { color: var(--soft); font-size: .85rem; display: block; }
        td form { display: inline-block; margin: 0 .25rem .25rem 0; }
        @media (max-width: 44rem) {
          thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
          tr { display: block; padding: .6rem 0; border-bottom: 1px solid var(--line); }
          tbody tr:last-child { border-bottom: 0; }
          td, td.number { display: grid; grid-template-columns: 7.5rem minmax(0, 1fr); gap: .5rem; border: 0; padding: .2rem 0; text-align: left; }
          td::before { content: attr(data-label); color: var(--soft); font-size: .85rem; }
        }

        .state { display: inline-block; font-size: .75rem; font-weight: 700; letter-spacing: .04em; padding: .1rem .55rem; border-radius: 1rem;
          border: 1px solid currentColor; color: var(--soft); white-space: nowrap; }
        .state.good { color: var(--good); }
        .state.busy { color: var(--accent); }
        .state.warn { color: var(--warn); }
        .state.bad { color: var(--bad); }
        progress, meter { width: 100%; min-width: 5rem; height: .6rem; accent-color: var(--accent); border: 0; border-radius: 1rem; overflow: hidden; }
        progress { appearance: none; background: var(--line); }
        progress::-webkit-progress-bar { background: var(--line); }
        progress::-webkit-progress-value { background: var(--accent); border-radius: 1rem; }
        progress::-moz-progress-bar { background: var(--accent); }

        form.stack { display: grid; gap: .9rem; }
        .field { display: grid; gap: .3rem; min-width: 0; }
        .pair { display: grid; gap: .9rem; grid-template-columns: repeat(auto-fit, minmax(8rem, 1fr)); }
        label, legend { font-weight: 600; font-size: .9rem; }
        .hint { color: var(--soft); font-size: .82rem; font-weight: 400; margin: 0; }
        input, textarea, select { font: inherit; color: inherit; background: var(--paper); border: 1px solid light-dark(#8b979c, #64757d);
          border-radius: .4rem; padding: .5rem .65rem; width: 100%; min-width: 0; }
        textarea { font-family: var(--mono); font-size: .88rem; resize: vertical; }
        [aria-invalid="true"] { border-color: var(--bad); }
        button, .button { font: inherit; font-weight: 600; display: inline-block; border: 1px solid transparent; border-radius: .4rem; cursor: pointer;
          padding: .5rem 1rem; background: var(--accent); color: var(--accent-ink); text-decoration: none; }
        button:hover, .button:hover { filter: brightness(1.08); }
        button.quiet, .button.quiet { background: transparent; color: var(--accent); border-color: var(--line); padding: .3rem .75rem; }
        button.danger, .button.danger { background: var(--bad); color: light-dark(#fff, #2a0806); }
        .actions { display: flex; flex-wrap: wrap; gap: .6rem; align-items: center; margin-top: 1rem; }
        .notice { border-left: .3rem solid var(--good); background: var(--card); border-radius: .3rem; padding: .7rem 1rem; margin: 0 0 1.25rem; }
        .notice.bad { border-color: var(--bad); }
        .notice.warn { border-color: var(--warn); }
        .notice p { margin: 0; }
        .narrow { max-width: 27rem; margin: 8vh auto 0; }

        dl.facts { display: grid; grid-template-columns: repeat(auto-fill, minmax(9.5rem, 1fr)); gap: 1rem; margin: 0; }
        dl.facts dt { color: var(--soft); font-size: .82rem; }
        dl.facts dd { margin: 0; font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
        .big dd { font-size: 1.25rem; font-weight: 600; }
        nav.pages { display: flex; justify-content: space-between; gap: 1rem; margin-top: .75rem; }

        .tree ul { list-style: none; margin: 0; padding: 0 0 0 .9rem; border-left: 1px solid var(--line); }
        .tree > ul { padding: 0; border: 0; }
        .tree li { margin: .1rem 0; }
        .tree a { display: block; padding: .2rem .45rem; border-radius: .35rem; text-decoration: none; overflow-wrap: anywhere; line-height: 1.35; font-size: .93rem; }
        .tree a:hover { background: var(--wash); }
        .tree a[aria-current] { background: var(--wash); font-weight: 600; }
        .tree .more { color: var(--soft); font-size: .85rem; }
        .tree { max-height: none; }
        @media (min-width: 60rem) { .tree.card { position: sticky; top: 1rem; max-height: calc(100vh - 2rem); overflow: auto; } }

        .prose { overflow-wrap: anywhere; }
        .prose h1, .prose h2, .prose h3, .prose h4 { line-height: 1.3; margin: 1.4em 0 .5em; }
        .prose > :first-child { margin-top: 0; }
        .prose h1 { font-size: 1.35rem; } .prose h2 { font-size: 1.2rem; } .prose h3 { font-size: 1.05rem; }
        .prose table { display: block; overflow-x: auto; width: auto; max-width: 100%; }
        .prose tr { display: table-row; padding: 0; }
        .prose th, .prose td { display: table-cell; border: 1px solid var(--line); padding: .35rem .6rem; }
        .prose td::before { content: none; }
        .prose thead { position: static; width: auto; height: auto; clip-path: none; }
        .prose img { max-width: 100%; }
        .prose blockquote { margin: 1rem 0; padding: 0 0 0 1rem; border-left: .25rem solid var(--line); color: var(--soft); }
        pre { font-family: var(--mono); font-size: .85rem; line-height: 1.5; background: light-dark(#f1efe7, #0c1316); border: 1px solid var(--line);
          border-radius: .4rem; padding: .8rem 1rem; overflow-x: auto; }
        code { font-family: var(--mono); font-size: .9em; }
        :not(pre) > code { background: light-dark(#f1efe7, #0c1316); border-radius: .25rem; padding: .1em .3em; }
        pre.wrap { white-space: pre-wrap; overflow-wrap: anywhere; }

        .results { list-style: none; margin: 0; padding: 0; display: grid; gap: 1rem; }
        .results h3 { margin: 0; font-size: 1.05rem; line-height: 1.35; }
        .results .path { color: var(--soft); font-size: .85rem; margin: .15rem 0 .5rem; }
        .results pre { margin: .5rem 0; max-height: 16rem; }
        .score { display: grid; grid-template-columns: auto minmax(4rem, 9rem) auto; gap: .6rem; align-items: center; font-size: .85rem; color: var(--soft);
          font-variant-numeric: tabular-nums; justify-content: start; }
        .signals { display: flex; flex-wrap: wrap; gap: .35rem; font-size: .8rem; margin: .3rem 0 0; padding: 0; list-style: none; color: var(--soft); }
        .signals li { border: 1px solid var(--line); border-radius: 1rem; padding: 0 .6rem; font-variant-numeric: tabular-nums; }
        summary { cursor: pointer; font-weight: 600; }
        .searchbox { display: grid; gap: .9rem; }
        .searchbox .ask { display: grid; grid-template-columns: minmax(0, 1fr) auto; gap: .6rem; align-items: end; }
        @media (prefers-reduced-motion: no-preference) { button, .bar nav a, .tree a { transition: background-color .12s, filter .12s; } }
        @media (forced-colors: active) { .state, .card { border: 1px solid; } }

        """
}
