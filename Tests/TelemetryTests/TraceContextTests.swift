import Testing

@testable import Telemetry

@Suite struct TraceContextTests {
    private static let traceID = "4bf92f3577b34da6a3ce929d0e0e4736"
    private static let valid = "00-\(traceID)-00f067aa0ba902b7-01"

    @Test func `A valid header is read and written back`() throws {
        let context = try #require(TraceContext(traceparent: Self.valid, tracestate: "congo=t61rcWkgMzE,rojo=00f067aa0ba902b7"))
        #expect(context.traceID == Self.traceID)
        #expect(context.spanID == "00f067aa0ba902b7")
        #expect(context.isSampled)
        #expect(context.tracestate == "congo=t61rcWkgMzE,rojo=00f067aa0ba902b7")
        #expect(context.traceparent == Self.valid)
    }

    @Test(arguments: ["00", "02", "fe"]) func `Unknown flags do not sample`(flags: String) throws {
        let context = try #require(TraceContext(traceparent: "00-\(Self.traceID)-00f067aa0ba902b7-\(flags)"))
        #expect(!context.isSampled)
    }

    @Test(arguments: ["cc-\(traceID)-00f067aa0ba902b7-01", "cc-\(traceID)-00f067aa0ba902b7-01-what-comes-next"])
    func `Later versions are read as far as they are known`(header: String) throws {
        #expect(try #require(TraceContext(traceparent: header)).traceparent == Self.valid)
    }

    @Test(arguments: [
        "", "00", "nonsense",
        "00-\(traceID)-00f067aa0ba902b7",
        "00-\(traceID)-00f067aa0ba902b7-1",
        "00-\(traceID)-00f067aa0ba902b7-01-extra",
        "00-\(traceID)-00f067aa0ba902b7-01 ",
        "cc-\(traceID)-00f067aa0ba902b7-01.extra",
        "ff-\(traceID)-00f067aa0ba902b7-01",
        "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
        "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
        "00-\(traceID)-0000000000000000-01",
        "00_\(traceID)_00f067aa0ba902b7_01",
        "00-\(traceID)-00f067aa0ba902bg-01",
        "00-\(traceID)-00f067aa0ba902b7-0é",
    ])
    func `A malformed header starts no context`(header: String) {
        #expect(TraceContext(traceparent: header) == nil)
    }

    @Test(arguments: [
        "no-equals", "=value", "key=", String(repeating: "a", count: 520) + "=b", "a=é", ",,", "A=b", "a b=c", "_a=b", "a@b@c=d", "a=b=c",
        "a=1,a=2", "a=1, ,\ta=2 ", " ,\t",
    ])
    func `A malformed tracestate is dropped and the rest kept`(tracestate: String) throws {
        let context = try #require(TraceContext(traceparent: Self.valid, tracestate: tracestate))
        #expect(context.tracestate == nil)
    }

    @Test(arguments: ["fw529a3039@dt=FfAAAAE", "a=b , c=d", "a=b,,c=d", "0k_-*/=a value with blanks", "a=b,\t", " , a=b,\t,"])
    func `A tracestate is handed on as it came`(tracestate: String) throws {
        #expect(try #require(TraceContext(traceparent: Self.valid, tracestate: tracestate)).tracestate == tracestate)
    }

    @Test func `More than 32 members are too many`() throws {
        let members = (0..<33).map { "k\($0)=v" }
        #expect(TraceContext(traceparent: Self.valid, tracestate: members.joined(separator: ","))?.tracestate == nil)
        #expect(TraceContext(traceparent: Self.valid, tracestate: members.dropLast().joined(separator: ","))?.tracestate != nil)
    }

    @Test func `A child keeps the trace and takes a span of its own`() throws {
        let parent = try #require(TraceContext(traceparent: Self.valid, tracestate: "a=b"))
        let child = parent.child()
        #expect(child.traceID == parent.traceID && child.isSampled && child.tracestate == "a=b")
        #expect(child.spanID != parent.spanID)
    }

    @Test func `Generated contexts are valid and differ`() throws {
        let contexts = (0..<100).map { _ in TraceContext.generated() }
        #expect(Set(contexts.map(\.traceID)).count == 100)
        for context in contexts { #expect(TraceContext(traceparent: context.traceparent) == context) }
    }
}
