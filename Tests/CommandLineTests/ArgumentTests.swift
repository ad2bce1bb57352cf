import APIModel
import ArgumentParser
import Testing

@testable import portolan

@Suite struct ArgumentTests {
    private func parse<Command: ParsableCommand>(_ arguments: String..., as type: Command.Type) throws -> Command {
        try #require(try Portolan.parseAsRoot(arguments) as? Command)
    }

    @Test func `An ingestion takes all its options, --version among them`() throws {
        let command = try parse(
            "ingest", "run", "https://a.example", "--depth", "2", "--include", "*/a/*", "--include", "*/b/*", "--exclude", "*/c",
            "--library", "l", "--version", "2.0", "--wait", "--json", "--url", "http://b", "--token", "t", as: IngestRunCommand.self)
        #expect(command.webURL == "https://a.example" && command.depth == 2)
        #expect(command.include == ["*/a/*", "*/b/*"] && command.exclude == ["*/c"])
        #expect(command.library == "l" && command.version == "2.0" && command.wait)
        #expect(command.client.json && command.client.url == "http://b" && command.client.token == "t")
    }

    @Test func `Options may be left out`() throws {
        let command = try parse("ingest", "run", "HTTP://a", as: IngestRunCommand.self)
        #expect(command.depth == nil && command.include.isEmpty && command.version == nil && !command.wait && !command.client.json)
    }

    @Test func `Lists take their filters`() throws {
        let jobs = try parse("ingest", "list", "--status", "failed", "--limit", "5", "--skip", "10", as: IngestListCommand.self)
        #expect(jobs.status == .failed && jobs.limit == 5 && jobs.skip == 10)
        let docs = try parse(
            "docs", "list", "--library", "l", "--version", "v", "--limit", "5", "--offset", "10", as: DocsListCommand.self)
        #expect(docs.library == "l" && docs.version == "v" && docs.limit == 5 && docs.offset == 10)
    }

    @Test func `Commands about one job take its identifier`() throws {
        #expect(try parse("ingest", "status", "j", as: IngestStatusCommand.self).job == "j")
        #expect(try parse("ingest", "stop", "j", as: IngestStopCommand.self).job == "j")
        #expect(try parse("ingest", "tail", "j", as: IngestTailCommand.self).job == "j")
        let report = try parse("ingest", "report", "j", "--outcome", "failed", as: IngestReportCommand.self)
        #expect(report.job == "j" && report.outcome == "failed")
    }

    @Test func `Commands about documentation take their arguments`() throws {
        let tree = try parse("docs", "tree", "d", "--path", "/a", "--depth", "2", as: DocsTreeCommand.self)
        #expect(tree.documentation == "d" && tree.path == "/a" && tree.depth == 2)
        let show = try parse("docs", "show", "d", "/a", "--max-tokens", "100", as: DocsShowCommand.self)
        #expect(show.reference == "d" && show.path == "/a" && show.maxTokens == 100)
        let search = try parse(
            "docs", "search", "how", "to", "--documentation", "d", "--library", "l", "--version", "v", "--limit", "3", "--max-tokens",
            "500", "--cursor", "c", as: DocsSearchCommand.self)
        #expect(search.words == ["how", "to"] && search.documentation == "d" && search.library == "l" && search.version == "v")
        #expect(search.limit == 3 && search.maxTokens == 500 && search.cursor == "c")
    }

    @Test(
        arguments: [
            (["bogus"], "portolan --help"), (["ingest", "bogus"], "portolan ingest --help"), (["--bogus"], "portolan --help"),
            (["ingest", "run"], "portolan ingest run --help"), (["ingest", "run", "ftp://a"], "portolan ingest run --help"),
            (["ingest", "run", ""], "portolan ingest run --help"),
            (["ingest", "run", "https://a", "--depth", "11"], "--depth is 11; it must be within 0 and 10."),
            (["ingest", "run", "https://a", "--priority", "urgent"], "The priorities are high and normal."),
            (["ingest", "run", "https://a", "--depth", "-1"], "--depth"), (["ingest", "run", "https://a", "--depth=-1"], "is -1"),
            (["ingest", "run", "https://a", "--depth", "x", "--version", "2"], "'x' is invalid for '--depth"),
            (["ingest", "run", "https://a", "--depth", "11", "--version", "2"], "--depth is 11"),
            (["ingest", "run", "https://a", "--include", ""], "--include has 0 bytes; it must have 1 to 500."),
            (["ingest", "run", "https://a", "--exclude", String(repeating: "x", count: 501)], "--exclude has 501 bytes"),
            (["ingest", "run", "https://a"] + (0...50).flatMap { ["--include", "\($0)"] }, "--include is given 51 times"),
            (["ingest", "run", "https://a/" + String(repeating: "x", count: 2048)], "<web-url> has 2058 bytes"),
            (["ingest", "run", "https://a", "--library", ""], "--library has 0 characters"),
            (["ingest", "run", "https://a", "--version", String(repeating: "x", count: 201)], "--version has 201 characters"),
            (["ingest", "run", "https://a", "https://b"], "Unexpected argument 'https://b'"),
            (["ingest", "list", "--status", "done"], "The states are PENDING, CRAWLING"),
            (["ingest", "list", "--limit", "0"], "--limit is 0"), (["ingest", "list", "--limit", "501"], "--limit is 501"),
            (["ingest", "list", "--skip", "1000001"], "--skip is 1000001"), (["ingest", "status"], "portolan ingest status --help"),
            (["ingest", "status", " "], "<job> is empty."), (["ingest", "stop", ""], "<job> is empty."),
            (["ingest", "tail", ""], "<job> is empty."), (["ingest", "report", ""], "<job> is empty."),
            (["ingest", "report", "j", "--outcome", ""], "--outcome is empty."), (["docs", "list", "--limit", "101"], "--limit is 101"),
            (["docs", "list", "--version", ""], "--version has 0 characters"), (["docs", "tree"], "portolan docs tree --help"),
            (["docs", "tree", ""], "<documentation> is empty."), (["docs", "tree", "d", "--depth", "21"], "--depth is 21"),
            (["docs", "show", "d"], "path is missing"), (["docs", "show", "d", ""], "path is missing"),
            (["docs", "show", "portolan://documentation/x"], "no address of a section"),
            (["docs", "show", "portolan://documentation/\(Samples.documentation)/section/a", "/b"], "leave out the second"),
            (["docs", "show", "d", "/a", "--max-tokens", "99"], "--max-tokens is 99"), (["docs", "search"], "portolan docs search --help"),
            (["docs", "search", "x"], "<words> has 1 character;"), (["docs", "search", "xx", "--limit", "101"], "--limit is 101"),
            (["docs", "list", "--url", "nonsense"], "'nonsense' is no address of an API."), (["docs", "--version"], "--version"),
        ] as [([String], String)])
    func `A bad argument ends with 2 and one line that names it`(arguments: [String], part: String) async {
        let run = await Invocation.run(arguments)
        #expect(run.code == 2 && run.output == "")
        #expect(run.diagnostics.contains(part), "\(run.diagnostics)")
        #expect(run.diagnostics.hasPrefix("portolan: ") && run.diagnostics.split(separator: "\n").count == 1)
    }

    @Test(arguments: [[], ["ingest"], ["docs"]] as [[String]])
    func `A command without its subcommand shows the help and ends with 2`(arguments: [String]) async {
        let run = await Invocation.run(arguments)
        #expect(run.code == 2 && run.output == "" && run.diagnostics.contains("SUBCOMMANDS:"))
    }

    @Test(arguments: [["--help"], ["ingest", "run", "--help"], ["help", "docs", "show"], ["docs", "search", "-h"]])
    func `Help goes to standard output and ends with 0`(arguments: [String]) async {
        let run = await Invocation.run(arguments)
        #expect(run.code == 0 && run.output.contains("USAGE: portolan") && run.diagnostics == "")
    }

    @Test func `The version is printed alone`() async {
        let run = await Invocation.run(["--version"])
        #expect(run.code == 0 && run.output == Portolan.version + "\n" && run.diagnostics == "")
    }

    @Test(arguments: ["bash", "zsh", "fish"])
    func `There is a completion script for each shell, and the help says how to get it`(shell: String) async {
        let script = await Invocation.run(["--generate-completion-script", shell])
        #expect(script.code == 0 && script.output.contains("portolan") && script.output.contains("report"))
        #expect(await Invocation.run(["--help"]).output.contains("--generate-completion-script"))
    }
}
