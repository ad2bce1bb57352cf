import Policy
import Primitives
import Testing

@Suite struct `Config gate` {
    private static func decide(_ input: ConfigGate.Input) -> Rejection? { GateRegistry().evaluate(ConfigGate(), input).rejection }

    @Test func `lets settings without mistakes pass`() {
        #expect(Self.decide(.init()) == nil)
        #expect(Self.decide(.init(secrets: ["PORTOLAN_TOKEN": Redacted("kS8-vQ2_xW7pLm4z")], isPublic: true)) == nil)
    }

    @Test func `a missing setting and a wrong one have codes of their own`() {
        #expect(Self.decide(.init(missing: ["A: is required"]))?.code == .configMissing)
        #expect(Self.decide(.init(invalid: ["A: must be positive, not -1"]))?.code == .configInvalid)
    }

    @Test func `a rejection has one line for each mistake in order`() {
        let rejection = Self.decide(
            .init(
                missing: ["C: is required"], invalid: ["B: is no number", "A: is no address"], secrets: ["D": Redacted("changeme")],
                isPublic: true))
        #expect(rejection?.code == .configMissing)
        let lines = rejection?.message.split(separator: "\n").map { $0.prefix(2) }
        #expect(lines == ["A:", "B:", "C:", "D:"])
    }

    @Test(arguments: [
        "changeme", "ChangeMe", "change-me", "changemechangeme", "password", "secret", "portolan", "portolanportolan", "admin", "postgres",
        "0123456789abcdef", "aaaaaaaaaaaaaaaa", "abababababababab", "your-token", "supersecret", "",
    ])
    func `a default secret stops a process that others can reach`(secret: String) throws {
        let input = ConfigGate.Input(secrets: ["PORTOLAN_TOKEN": Redacted(secret)], isPublic: true)
        let rejection = try #require(Self.decide(input))
        #expect(rejection.code == .configInvalid)
        #expect(rejection.message.hasPrefix("PORTOLAN_TOKEN: "))
        var local = input
        local.isPublic = false
        #expect(Self.decide(local) == nil)
    }

    @Test func `the secret itself is shown nowhere`() throws {
        let rejection = try #require(Self.decide(.init(secrets: ["K": Redacted("0123456789abcdef")], isPublic: true)))
        #expect(!"\(rejection) \(rejection.details) \(rejection.fault)".contains("0123"))
    }
}
