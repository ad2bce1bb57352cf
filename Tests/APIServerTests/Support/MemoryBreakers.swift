import APIModel
import Domain
import Primitives

@testable import APIServer

/// Two circuits in memory, one of them open.
struct MemoryBreakers: BreakerDirectory {
    private let state = Locked(["github": "closed", "confluence@https://wiki.example.org": "open"])
    /// Whether the shared state cannot be asked.
    var isAway = false

    func breakers() async throws -> [BreakerDetail] {
        if isAway {
            throw Fault(
                .serviceUnavailable, code: "E_UNAVAILABLE", "Redis is away.", isTransient: true, retryAfter: .milliseconds(4200))
        }
        return state.withLock(\.self).sorted { $0.key < $1.key }.map { Self.detail($0.key, $0.value) }
    }

    func change(_ name: String, _ action: BreakerAction) async throws -> BreakerDetail? {
        let next = action == .open ? "open" : "closed"
        let isKnown = state.withLock { state in
            guard state[name] != nil else { return false }
            state[name] = next
            return true
        }
        return isKnown ? Self.detail(name, next) : nil
    }

    private static func detail(_ name: String, _ state: String) -> BreakerDetail {
        BreakerDetail(
            name: name, state: state, forced: state == "open", shared: true, failures: 0, retryAfterSeconds: nil, changes: [])
    }
}
