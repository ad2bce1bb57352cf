import Policy
import Primitives
import Testing

@Suite struct `Gate registry` {
    private struct BrokenGate: Gate {
        struct Failure: Error {}
        let name = GateName.query
        let field = "anything"
        func decide(_ input: String) throws -> GateResult<String> { throw Failure() }
    }

    @Test func `a gate that throws rejects`() {
        let registry = GateRegistry()
        let rejection = registry.evaluate(BrokenGate(), "x").rejection
        #expect(rejection?.code == .gateFailed)
        #expect(rejection?.field == "anything")
        #expect(registry.snapshot[.query]?.rejections == [.gateFailed: 1])
    }

    @Test func `lists all eight gates before their first decision`() {
        let snapshot = GateRegistry().snapshot
        #expect(Set(snapshot.keys) == Set(GateName.allCases))
        #expect(snapshot.count == 8)
        #expect(snapshot.values.allSatisfy { $0.invocations == 0 && $0.percentile(0.99) == .zero })
    }

    @Test func `counts decisions per gate and code with their times`() throws {
        let registry = GateRegistry()
        let gate = URLGate(URLPolicy())
        for url in ["https://example.org/", "ftp://x/", "http://127.0.0.1/", "http://10.0.0.1/"] { _ = registry.evaluate(gate, url) }
        let figures = try #require(registry.snapshot[.url])
        #expect(GateName.url.domain == .network)
        #expect(figures.invocations == 4)
        #expect(figures.passes == 1)
        #expect(figures.rejects == 3)
        #expect(figures.rejections == [.scheme: 1, .privateNetwork: 2])
        #expect(figures.buckets.reduce(0, +) == 4)
        #expect(figures.minimum <= figures.maximum && figures.maximum <= figures.total)
    }

    @Test func `percentiles and buckets follow the clock`() throws {
        // The n-th decision takes n times 0.1 ms: 0.1 ms to 100 ms.
        let time = Locked((instant: ContinuousClock.now, calls: 0))
        let registry = GateRegistry {
            time.withLock { time in
                time.calls += 1
                if time.calls.isMultiple(of: 2) { time.instant += .microseconds(100) * (time.calls / 2) }
                return time.instant
            }
        }
        for _ in 0..<1000 { _ = registry.evaluate(ConfigGate(), .init()) }
        let figures = try #require(registry.snapshot[.config])
        #expect(figures.minimum == .microseconds(100))
        #expect(figures.maximum == .milliseconds(100))
        #expect(figures.buckets == [1, 4, 5, 15, 25, 50, 400, 500])
        // Over the latest 512 decisions: the 489th to the 1000th.
        #expect(figures.percentile(0.5) == .microseconds(100) * 744)
        #expect(figures.percentile(0.95) == .microseconds(100) * 975)
        #expect(figures.percentile(0.99) == .microseconds(100) * 995)
        #expect(figures.percentile(1) == .milliseconds(100))
    }

    @Test func `tells of each rejection`() {
        let registry = GateRegistry()
        let seen = Locked<[String]>([])
        registry.observeRejections { name, rejection in seen.withLock { $0.append("\(name) \(rejection.code) \(rejection.details)") } }
        _ = registry.evaluate(URLGate(URLPolicy()), "https://example.org/")
        _ = registry.evaluate(URLGate(URLPolicy()), "https://u:hunter2@example.org/?token=hunter3")
        #expect(seen.withLock { $0.count } == 1)
        #expect(seen.withLock { $0.first?.hasPrefix("url_gate E_USERINFO") } == true)
        #expect(seen.withLock { !$0.joined().contains("hunter") })
    }

    @Test func `details lose secrets`() {
        let rejection = Rejection(
            .hostDenied, "No.", field: "f",
            details: [
                "api_key": "hunter2", "Authorization": "hunter2", "url": "https://a:hunter2@b/c?d=hunter2", "note": "x\u{1B}[31m",
                "long": String(repeating: "x", count: 500), "path": "/home/hunter2/.ssh/key.txt", "destination": "C:\\hunter2\\file",
                "X-Session-Token": "hunter2", "db_password": "hunter2", "Set-Cookie": "hunter2",
            ])
        #expect(Set(rejection.details.keys) == ["url", "note", "long", "path", "destination"])
        #expect(!"\(rejection.details)".contains("hunter2"))
        #expect(rejection.details["path"] == "key.txt")
        #expect(rejection.details["note"]?.contains("\u{1B}") == false)
        #expect(rejection.details["long"]?.count == 200)
    }
}
