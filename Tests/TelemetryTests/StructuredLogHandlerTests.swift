import FoundationEssentials
import Logging
import Primitives
import Testing

@testable import Telemetry

@Suite struct StructuredLogHandlerTests {
    private let output = CollectedOutput()

    private struct Line: Decodable {
        let ts: String
        let level: String
        let msg: String
        let service: String
        let logger: String
        let request_id: String?
        let correlation_id: String?
        let job_id: String?
        let trace_id: String?
        let count: Int?
        let ratio: Double?
        let flag: Bool?
        let list: [String]?
        let error: String?
        let error_type: String?
    }

    private struct Fault: Error, CustomStringConvertible {
        var description: String { "the database is away" }
    }

    private func logger(
        _ format: LogFormat = .json, level: Logger.Level = .info, sampler: LogSampler? = nil, time: Date = Date(timeIntervalSince1970: 0)
    ) -> Logger {
        Logger(label: "portolan.test") { [output] label in
            StructuredLogHandler(
                label: label, service: "api", format: format, level: level, output: output, sampler: sampler, now: { time })
        }
    }

    private func onlyLine() throws -> Line {
        #expect(output.lines.count == 1)
        let line = try #require(output.lines.first)
        #expect(line.hasSuffix("}\n") && !line.dropLast().contains("\n"))
        return try JSONDecoder().decode(Line.self, from: Data(line.utf8))
    }

    @Test func `A line is one JSON object with the fixed keys`() throws {
        logger().info(
            "job finished",
            metadata: [
                "count": .stringConvertible(3), "ratio": .stringConvertible(0.5), "flag": .stringConvertible(true), "list": ["a", "b"],
            ]
        )
        let line = try onlyLine()
        #expect(line.ts == "1970-01-01T00:00:00.000Z")
        #expect(line.level == "info" && line.msg == "job finished" && line.service == "api" && line.logger == "portolan.test")
        #expect(line.count == 3 && line.ratio == 0.5 && line.flag == true && line.list == ["a", "b"])
    }

    @Test func `The fixed keys and identifiers come first`() async {
        await LogContext.with({
            $0.requestID = "r"
            $0.jobID = "j"
        }) {
            logger().info("m", metadata: ["alpha": "1"])
        }
        #expect(
            output.lines == [
                #"{"ts":"1970-01-01T00:00:00.000Z","level":"info","msg":"m","service":"api","logger":"portolan.test","request_id":"r","#
                    + #""job_id":"j","alpha":"1"}"# + "\n"
            ])
    }

    @Test func `The task's context is on every line, children included`() async throws {
        let trace = TraceContext.generated()
        await LogContext.with({
            $0.requestID = "req-1"
            $0.trace = trace
        }) {
            await LogContext.with({ $0.correlationID = "cor-1" }) {
                await withTaskGroup { group in
                    group.addTask { [logger = logger()] in logger.info("inside") }
                }
            }
        }
        let line = try onlyLine()
        #expect(line.request_id == "req-1" && line.correlation_id == "cor-1" && line.trace_id == trace.traceID && line.job_id == nil)
    }

    @Test func `The event's metadata wins over the context's`() async throws {
        await LogContext.with({ $0.jobID = "outer" }) { logger().info("m", metadata: ["job_id": "own"]) }
        #expect(try onlyLine().job_id == "own")
    }

    @Test func `Nested metadata is flattened and never hides a fixed key`() throws {
        logger().info("m", metadata: ["outer": ["inner": ["leaf": "1"]], "level": "mine"])
        #expect(output.lines[0].contains(#""outer.inner.leaf":"1""#))
        #expect(output.lines[0].contains(#""meta.level":"mine""#))
    }

    @Test func `Any text survives the way through JSON`() throws {
        let text = "quote \" backslash \\ line\n tab\t null\u{0} bell\u{7} delete\u{7f} é 🧭"
        logger().info("\(text)")
        #expect(try onlyLine().msg == text)
    }

    @Test func `An attached error is named`() throws {
        logger().error("request failed", error: Fault())
        let line = try onlyLine()
        #expect(line.error == "the database is away" && line.error_type == "Fault")
    }

    @Test(arguments: [
        "authorization", "Authorization", "proxy-authorization", "token", "access_token", "PORTOLAN_TOKEN", "mcpToken", "password",
        "db.password", "client_secret", "api_key", "apiKey", "x-api-key", "apikey", "cookie", "set-cookie", "private_key", "credentials",
    ])
    func `Values under secret keys are masked`(key: String) {
        logger().info("m", metadata: ["\(key)": "hunter2"])
        logger().info("m", metadata: ["headers": ["\(key)": "hunter2"]])
        #expect(output.lines.count == 2)
        #expect(output.lines.allSatisfy { $0.contains("<redacted>") && !$0.contains("hunter2") })
    }

    @Test(arguments: ["max_tokens", "tokens", "token_count", "token_limit", "token_budget", "key", "monkey", "secretary", "tokenizer"])
    func `Keys that only look secret are shown`(key: String) {
        logger().info("m", metadata: ["\(key)": "42"])
        #expect(output.lines[0].contains("42"))
    }

    @Test(arguments: [
        ("postgresql://portolan:hunter2@db:5432/portolan", "postgresql://portolan:<redacted>@db:5432/portolan"),
        ("postgres://u:p@ss@h/d", "postgres://u:<redacted>@h/d"),
        ("redis://:hunter2@127.0.0.1:6379/0 refused", "redis://:<redacted>@127.0.0.1:6379/0 refused"),
        ("https://example.org/a?x=1&token=hunter2&y=2", "https://example.org/a?x=1&token=<redacted>&y=2"),
        ("host=db user=u password=hunter2 dbname=d", "host=db user=u password=<redacted> dbname=d"),
        ("Authorization: Bearer hunter2", "Authorization: Bearer <redacted>"),
        ("sent bearer hunter2, then", "sent bearer <redacted> then"),
        ("postgres://u:p,s;s=1@h/d and more", "postgres://u:<redacted>@h/d and more"),
        (#"{"password":"hunter2","user": "u"}"#, #"{"password":"<redacted>","user": "u"}"#),
        ("password = 'hunter2' user=u", "password = '<redacted>' user=u"),
        ("password=hunter2,hunter3", "password=<redacted>"),
        ("authorization=Basic aHVudGVyMg==", "authorization=Basic <redacted>"),
        ("password: hunter2", "password: <redacted>"),
        ("https://example.org:8443/a@b", "https://example.org:8443/a@b"),
        ("at 12:30:10 code=7", "at 12:30:10 code=7"),
        ("http://127.0.0.1:8080/docs?tokens=5", "http://127.0.0.1:8080/docs?tokens=5"),
    ])
    func `Secrets inside values are masked and the rest is kept`(text: String, expected: String) {
        #expect(LogRedactor.scrubbed(text) == expected)
    }

    @Test func `A long value is cut`() throws {
        logger().info("m", metadata: ["body": "\(String(repeating: "x", count: 100_000))"])
        #expect(output.lines[0].utf8.count < LogField.valueLimit + 300)
    }

    @Test func `Lines below the level are left out`() {
        logger(level: .warning).info("m")
        #expect(output.lines.isEmpty)
    }

    @Test func `Plain lines cannot be forged by a value`() {
        logger(.text).warning("m", metadata: ["path": "a\nERROR forged", "job_id": "j"])
        #expect(output.lines == ["00:00:00.000 WARNING m job_id=j path=\"a\\u{a}ERROR forged\"\n"])
    }

    @Test func `A repeated message is thinned out and the rest counted`() {
        let sampler = LogSampler(linesPerSecond: 2)
        let start = Date(timeIntervalSince1970: 100)
        for _ in 0..<5 { #expect(sampler.decide(level: .warning, message: "m", at: start) == .write(suppressed: 0)) }
        let decisions = (0..<5).map { _ in sampler.decide(level: .info, message: "m", at: start) }
        #expect(decisions == [.write(suppressed: 0), .write(suppressed: 0), .drop, .drop, .drop])
        #expect(sampler.decide(level: .info, message: "other", at: start) == .write(suppressed: 0))
        #expect(sampler.decide(level: .info, message: "m", at: start.addingTimeInterval(1)) == .write(suppressed: 3))
    }

    @Test func `Lines of the audit are never left out`() {
        let sampler = LogSampler(linesPerSecond: 1)
        for label in ["portolan.audit", "portolan.api"] {
            let own = StructuredLogHandler.sampler(sampler, for: label)
            for _ in 0..<3 { logger(sampler: own).info("\(label)") }
        }
        #expect(output.lines.count { $0.contains("\"portolan.audit\"") } == 3)
        #expect(output.lines.count { $0.contains("\"portolan.api\"") } == 1)
        #expect(StructuredLogHandler.sampler(nil, for: "portolan.api") == nil)
    }

    @Test func `The line after a pause says how many were left out`() {
        let sampler = LogSampler(linesPerSecond: 1)
        for _ in 0..<4 { logger(sampler: sampler).info("m") }
        logger(sampler: sampler, time: Date(timeIntervalSince1970: 1)).info("m")
        #expect(output.lines.count == 2)
        #expect(output.lines[1].contains(#""suppressed":3"#))
    }

    @Test(
        arguments: [
            (nil, true, LogFormat.text), (nil, false, .json), ("json", true, .json), ("TEXT", false, .text),
        ] as [(String?, Bool, LogFormat)])
    func `The format follows the setting, then the terminal`(setting: String?, isTerminal: Bool, format: LogFormat) {
        #expect(LogFormat.chosen(setting: setting, isTerminal: isTerminal) == format)
        #expect(LogFormat.chosen(setting: "xml", isTerminal: isTerminal) == nil)
    }

    @Test(arguments: [
        (0.0, "1970-01-01T00:00:00.000Z"), (951_782_399.9996, "2000-02-28T23:59:59.999Z"), (951_782_400, "2000-02-29T00:00:00.000Z"),
        (1_767_225_599.5, "2025-12-31T23:59:59.500Z"), (4_102_444_800, "2100-01-01T00:00:00.000Z"), (-0.001, "1969-12-31T23:59:59.999Z"),
        (-2_208_988_800, "1900-01-01T00:00:00.000Z"),
    ])
    func `Times are civil time in UTC`(seconds: Double, text: String) {
        #expect(Timestamp.rfc3339(seconds) == text)
    }

    @Test func `Civil time agrees with the library over 300 years`() {
        for day in stride(from: -47_000.0, to: 63_000, by: 17) {
            let seconds = day * 86_400 + 3723
            let expected = Date(timeIntervalSince1970: seconds).formatted(.iso8601)
            #expect(Timestamp.rfc3339(seconds) == expected.dropLast() + ".000Z")
        }
    }
}
