import APIModel
import Testing

@testable import portolan

@Suite struct RenderingTests {
    @Test func `A table aligns texts to the left and numbers to the right, and wide letters count twice`() {
        var table = TextTable([.text("NAME"), .number("COUNT"), .text("URL")])
        #expect(table.isEmpty)
        table.add(["a", "5", "https://a.example"])
        table.add(["日本", "12345678", ""])
        table.add(["line\nbreak", "0", "x"])
        #expect(
            table.text == """
                NAME           COUNT  URL
                a                  5  https://a.example
                日本        12345678  -
                line break         0  x

                """)
    }

    @Test func `Pairs have their values in one column`() {
        #expect(TextTable.pairs([("Job", "j"), ("Correlation", "c\u{7}")]) == "Job          j\nCorrelation  c\n")
    }

    @Test func `A tree is drawn with branches`() {
        #expect(
            TreeDrawing.text(Samples.tree.nodes) == """
                FastAPI  /
                ├── Tutorial  /tutorial
                │   └── First steps  /tutorial/first-steps
                └── Advanced  /advanced
                About  /about

                """)
        #expect(TreeDrawing.text([]) == "")
    }

    @Test func `Progress has stage, percent, pages, sections and vectors`() {
        #expect(ProgressLine(job: Samples.job()).plain == "crawling  10 %  3 pages  0 sections  0 vectors")
        #expect(ProgressLine(job: Samples.completed()).plain == "completed  100 %  4 pages  7 sections  10 vectors")
        var one = Samples.job(.embedding, percent: 60, pages: 1)
        (one.sectionsChanged, one.chunksReused, one.stopRequested) = (1, 1, true)
        #expect(ProgressLine(job: one).plain == "stopping  60 %  1 page  1 section  1 vector")
    }

    @Test func `The bar fills with the percent and has its place in the line`() {
        let job = Samples.job(.embedding, percent: 60)
        #expect(
            ProgressLine(job: job).bar(width: 80)
                == "embedding [██████████████████············]  60 %  3 pages  0 sections  0 vectors")
        #expect(ProgressLine(job: job).bar(width: 60) == "embedding [██████····]  60 %  3 pages  0 sections  0 vectors")
        #expect(ProgressLine(job: Samples.job(.pending, percent: -5)).bar(width: 60).contains("[··········]   0 %"))
        #expect(ProgressLine(job: Samples.job(.completed, percent: 200)).bar(width: 60).contains("██] 100 %"))
    }

    @Test(arguments: [20, 30, 41, 59, 60, 61, 79, 80, 200])
    func `The bar never takes more columns than there are`(width: Int) {
        for percent in [0, 55, 100] {
            let line = ProgressLine(job: Samples.job(.completed, percent: percent, pages: 12_345)).bar(width: width)
            #expect(PlainText.columns(line) <= width)
        }
    }

    @Test func `A drawn line is drawn over until the job has ended`() throws {
        var report = ProgressReport(.bar(width: 60))
        let first = try report.text(for: Samples.job(), at: .zero)
        #expect(first.hasPrefix("\r\u{1B}[Kcrawling") && !first.contains("\n"))
        #expect(try report.text(for: Samples.job(), at: .seconds(60)) == "")
        #expect(report.interruption() == "\n")
        #expect(report.interruption() == "")
        #expect(try report.text(for: Samples.job(), at: .seconds(60)) == first)
        #expect(try report.text(for: Samples.completed(), at: .seconds(61)).hasSuffix("vectors\n"))
        #expect(report.interruption() == "")
    }

    @Test func `Plain lines come with each change of stage or percent, and now and then while counts change`() throws {
        var report = ProgressReport(.lines)
        #expect(try report.text(for: Samples.job(), at: .zero) == "crawling  10 %  3 pages  0 sections  0 vectors\n")
        #expect(try report.text(for: Samples.job(pages: 4), at: .seconds(4)) == "")
        #expect(try report.text(for: Samples.job(pages: 5), at: .seconds(5)) == "crawling  10 %  5 pages  0 sections  0 vectors\n")
        #expect(try report.text(for: Samples.job(percent: 40, pages: 5), at: .seconds(5)) != "")
        #expect(try report.text(for: Samples.job(.parsing, percent: 40, pages: 5), at: .seconds(5)) != "")
        #expect(try report.text(for: Samples.job(.parsing, percent: 40, pages: 5), at: .seconds(50)) == "")
        #expect(report.interruption() == "")
    }

    @Test func `Results have rank, heading path, score, URL, section, excerpt and the search mode`() {
        let id = Samples.documentation
        #expect(
            SearchResults.text(Samples.search, width: 80) == """
                9 matching, search mode hybrid

                1. FastAPI > Tutorial  (0.877)
                   https://docs.example.org/tutorial  [fastapi 0.141.1]
                   portolan://documentation/\(id)/section/tutorial
                   Run the server with `fastapi dev`.

                2. About  (0.500)
                   https://docs.example.org/about  [fastapi 0.141.1]
                   portolan://documentation/\(id)/section/about

                """)
        let degraded = SearchResponse(items: [], searchMode: .keywordFallback, total: 0, isDegraded: true, reasons: ["embedder", "cache"])
        #expect(SearchResults.text(degraded, width: 80) == "0 matching, search mode keyword_fallback; degraded: embedder, cache\n")
    }

    @Test func `Facts of a job have counts, timings in the order of the stages and the error`() {
        #expect(
            JobReport.facts(Samples.completed()) == """
                Job            job-1
                Documentation  01890a5d-ac96-774b-bcce-b302099a8057
                Library        fastapi 0.141.1
                URL            https://docs.example.org/
                Status         COMPLETED 100 %
                Pages          4 (2 fetched, 1 failed, 1 skipped)
                Sections       5 changed, 2 unchanged, 1 deleted
                Vectors        7 computed, 3 reused
                Created        2025-12-31 23:59:59 UTC
                Started        2026-01-01 00:00:00 UTC
                Finished       2026-01-01 00:00:04 UTC, 4.5 s after the start
                Stages         crawling 1.5 s, embedding 2.0 s, indexing 0.3 s
                Correlation    c-1

                """)
        #expect(JobReport.facts(Samples.failed()).contains("Error          The host has no address (E_DNS_FAIL) Check the name.\n"))
        var stopping = Samples.job()
        (stopping.stopRequested, stopping.retryOf, stopping.priority) = (true, "job-0", .normal)
        #expect(JobReport.facts(stopping).contains("Status         CRAWLING 10 %, stopping\n"))
        #expect(JobReport.facts(stopping).contains("Retry of       job-0\n"))
        #expect(JobReport.facts(stopping).contains("Priority       normal\n"))
    }

    @Test func `Pages stand with outcome, reason, status and depth`() {
        #expect(
            JobReport.outcomes(Samples.outcomes) == """
                OUTCOME  REASON  STATUS  DEPTH  URL
                fetched  ok         200      0  https://docs.example.org/
                skipped  robots       -      1  https://docs.example.org/private
                failed   status     500      1  https://docs.example.org/broken

                """)
    }

    @Test(
        arguments: [
            (0.5, 3, "0.500"), (-0.25, 1, "-0.3"), (-0.01, 1, "0.0"), (12.0, 0, "12"), (0.999, 2, "1.00"), (1e15, 2, "1000000000000000.0"),
            (.infinity, 2, "inf"), (3.007, 2, "3.01"),
        ] as [(Double, Int, String)])
    func `Numbers are rounded`(value: Double, digits: Int, text: String) { #expect(Figures.fixed(value, digits: digits) == text) }

    @Test(arguments: [
        ("a\u{1B}[2Jb", "a[2Jb"), ("a\r\nb\t c", "a b c"), ("\u{202E}evil", "evil"), ("  x  ", "x"), ("", ""), ("\u{7}", ""),
        ("👩‍💻 ok", "👩‍💻 ok"), ("\u{9B}31m", "31m"),
    ])
    func `A page cannot move the cursor`(text: String, line: String) { #expect(PlainText.line(text) == line) }

    @Test func `Markdown keeps its lines and tabs`() {
        #expect(PlainText.block("# a\n\n\tb\u{1B}]0;title\u{7}\n") == "# a\n\n\tb]0;title\n")
    }

    @Test func `Text is wrapped between words, and a long word stays whole`() {
        #expect(PlainText.wrapped("aaa bbb ccc", width: 7) == ["aaa bbb", "ccc"])
        #expect(PlainText.wrapped("a https://a.example/long b", width: 5) == ["a", "https://a.example/long", "b"])
        #expect(PlainText.wrapped("日本 日本", width: 8) == ["日本", "日本"])
        #expect(PlainText.wrapped("  ", width: 5) == [])
    }
}
