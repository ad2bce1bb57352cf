import Primitives
import Resilience

extension SettingsCheck {
    /// The profiles of all dependencies, with the values of `PORTOLAN_BREAKERS` such as `github=3/120,embedder=5/30/1`.
    mutating func dependencies() -> [DependencyProfile] {
        var profiles = DependencyProfile.all
        for part in (text("BREAKERS") ?? "").split(separator: ",") {
            let entry = String(part).trimmingWhitespace()
            let sides = entry.split(separator: "=", omittingEmptySubsequences: false)
            guard sides.count == 2, let index = profiles.firstIndex(where: { $0.kind == sides[0] }) else {
                mistake("BREAKERS", "names no dependency: \(entry); there are \(profiles.map(\.kind).sorted().joined(separator: ", "))")
                continue
            }
            let numbers = sides[1].split(separator: "/", omittingEmptySubsequences: false).map { Int($0) }
            guard (2...3).contains(numbers.count), let failures = numbers[0], (2...100).contains(failures), let recovery = numbers[1],
                (1...900).contains(recovery), let successes = numbers.count == 3 ? numbers[2] : profiles[index].breaker.halfOpenSuccesses,
                (1...10).contains(successes)
            else {
                mistake("BREAKERS", "must be KIND=FAILURES/SECONDS[/SUCCESSES] with 2 to 100, 1 to 900 and 1 to 10, not \(entry)")
                continue
            }
            profiles[index].breaker.consecutiveFailures = failures
            profiles[index].breaker.windowFailures = max(failures, profiles[index].breaker.windowFailures ?? failures)
            profiles[index].breaker.recovery = .seconds(recovery)
            profiles[index].breaker.halfOpenSuccesses = successes
        }
        return profiles
    }

    /// A number from 0 to 1.
    mutating func share(_ name: String) -> Double {
        guard let text = text(name) else { return 0 }
        guard let share = Double(text), (0...1).contains(share) else {
            mistake(name, "must be a number from 0 to 1, not \(text)")
            return 0
        }
        return share
    }

    /// Fields of a request, `NAME=VALUE` with commas between them.
    mutating func headers(_ name: String) -> [(String, Redacted<String>)] {
        var fields: [(String, Redacted<String>)] = []
        for part in (text(name) ?? "").split(separator: ",") {
            let sides = String(part).trimmingWhitespace().split(separator: "=", maxSplits: 1)
            let isName = sides.first?.utf8.allSatisfy { byte in
                (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte) || byte == 0x2D
            }
            guard sides.count == 2, isName == true, sides[1].utf8.allSatisfy({ (0x20...0x7E).contains($0) }) else {
                // What was typed may be a secret with a mistake in it.
                mistake(name, "must be NAME=VALUE, comma-separated")
                continue
            }
            fields.append((String(sides[0]), Redacted(String(sides[1]))))
        }
        return fields
    }
}
