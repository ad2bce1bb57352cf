import FoundationEssentials
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
        "0123456789abcdef", "aaaaaaaaaaaaaaaa", "abababababababab", "your-token", "supersecret", "change-me-change-me-change-me-change-me",
        "change-me-too", "portolan-token", "Password123", "please change this secret", "my.portolan.admin.password", "",
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

    @Test(arguments: [
        "9f86d081884c7d659a2feaa0c55ad015", "1847362509184736", "correct-horse-battery", "tokenizer-of-wheat", "changemexchangemey",

    ])
    func `a secret of one's own passes, also one that has such a word in it`(secret: String) {
        #expect(Self.decide(.init(secrets: ["PORTOLAN_TOKEN": Redacted(secret)], isPublic: true)) == nil)
    }

    /// Who copies the file and changes nothing must not end up with secrets that everybody knows.
    @Test func `every secret of the committed example stops a process that others can reach`() throws {
        let folder = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3).joined(separator: "/")
        let lines = try String(contentsOfFile: folder + "/.env.example", encoding: .utf8).split(separator: "\n")
        let secrets = lines.filter { !$0.hasPrefix("#") }.compactMap { line -> (String, String)? in
            let sides = line.split(separator: "=", maxSplits: 1).map(String.init)
            return sides.count == 2 && ["TOKEN", "PASSWORD", "SECRET", "KEY"].contains { sides[0].hasSuffix($0) }
                ? (sides[0], sides[1]) : nil
        }
        #expect(secrets.count >= 2)
        for (key, value) in secrets {
            #expect(Self.decide(.init(secrets: [key: Redacted(value)], isPublic: true))?.code == .configInvalid, "\(key)")
        }
    }

    @Test func `the secret itself is shown nowhere`() throws {
        let rejection = try #require(Self.decide(.init(secrets: ["K": Redacted("0123456789abcdef")], isPublic: true)))
        #expect(!"\(rejection) \(rejection.details) \(rejection.fault)".contains("0123"))
    }
}
