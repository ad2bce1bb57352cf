import CProcess
import Glibc

/// A user of the operating system that a process can run as.
package struct UserAccount: Sendable, Hashable {
    /// The user's number.
    package let user: UInt32
    /// The number of its first group.
    package let group: UInt32

    /// The account called `name`, or nil when there is none. Reads the account database (blocks, microseconds).
    package init?(name: String) {
        var (user, group): (uid_t, gid_t) = (0, 0)
        guard unsafe portolan_process_account(name, &user, &group) else { return nil }
        (self.user, self.group) = (user, group)
    }

    private init(user: UInt32, group: UInt32) { (self.user, self.group) = (user, group) }

    /// Whom this process runs as.
    package static var current: UserAccount { UserAccount(user: geteuid(), group: getegid()) }

    /// Whether it is the superuser, which Postgres refuses to run as.
    package var isSuperuser: Bool { user == 0 }

    /// Whom servers run as: this user, or when that is root, `portolan` (made by `deploy/setup`) or else `nobody`.
    ///
    /// - Throws: code `missing` when root finds neither account.
    package static func unprivileged() throws(EmbeddedServicesError) -> UserAccount {
        guard current.isSuperuser else { return current }
        guard let account = UserAccount(name: "portolan") ?? UserAccount(name: "nobody") else {
            throw EmbeddedServicesError(.missing, "no account 'portolan' to run servers as; run deploy/setup")
        }
        return account
    }
}
