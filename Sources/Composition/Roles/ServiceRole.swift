/// A role that a process of its own plays.
package enum ServiceRole: String, Sendable, CaseIterable {
    case api, worker, scheduler, migrate

    /// Settings without which the role does not start.
    package var needs: Set<Settings.Need> {
        switch self {
        case .api: [.database, .publicPort]
        case .worker, .scheduler: [.database, .redis]
        case .migrate: [.database]
        }
    }
}
