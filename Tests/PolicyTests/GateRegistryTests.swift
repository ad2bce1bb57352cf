import Domain
import Policy
import Testing

@Suite struct `Gate registry` {
    private struct BrokenGate: Gate {
        struct Failure: Error {}
        let name = "broken_gate"
        let domain = GateDomain.config
        let field = "anything"
        func decide(_ input: String) throws -> GateResult<String> { throw Failure() }
    }

    @Test func `a gate that throws rejects`() {
        let registry = GateRegistry()
        let rejection = registry.evaluate(BrokenGate(), "x").rejection
        #expect(rejection?.code == .gateFailed)
        #expect(rejection?.field == "anything")
        #expect(registry.snapshot["broken_gate"]?.rejections == [.gateFailed: 1])
    }

    @Test func `counts decisions per gate and code with their times`() throws {
        let registry = GateRegistry()
        let gate = URLGate(URLPolicy())
        for url in ["https://example.org/", "ftp://x/", "http://127.0.0.1/", "http://10.0.0.1/"] { _ = registry.evaluate(gate, url) }
        let figures = try #require(registry.snapshot["url_gate"])
        #expect(figures.domain == .network)
        #expect(figures.invocations == 4)
        #expect(figures.passes == 1)
        #expect(figures.rejections == [.scheme: 1, .privateNetwork: 2])
        #expect(figures.buckets.reduce(0, +) == 4)
        #expect(figures.minimum <= figures.maximum && figures.maximum <= figures.total)
    }

    @Test func `details lose secrets`() {
        let rejection = Rejection(
            .hostDenied, "No.", field: "f",
            details: [
                "api_key": "hunter2", "Authorization": "hunter2", "url": "https://a:hunter2@b/c?d=hunter2", "note": "x\u{1B}[31m",
                "long": String(repeating: "x", count: 500),
            ])
        #expect(Set(rejection.details.keys) == ["url", "note", "long"])
        #expect(!"\(rejection.details)".contains("hunter2"))
        #expect(rejection.details["note"]?.contains("\u{1B}") == false)
        #expect(rejection.details["long"]?.count == 200)
    }
}
