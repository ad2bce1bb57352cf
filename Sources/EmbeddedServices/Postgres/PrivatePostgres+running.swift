import FoundationEssentials
import Glibc

extension PrivatePostgres {
    /// The address of the server that runs in `directory`, whoever started it, as ``databaseURL(database:)``; nil when none accepts connections.
    ///
    /// It goes through the Unix socket, which the account of the server and root can reach.
    /// - Parameter directory: as at the start.
    package static func runningDatabaseURL(directory: String, database: String = "portolan") -> String? {
        guard let data = FileManager.default.contents(atPath: "\(directory)/data/postmaster.pid") else { return nil }
        // Documented in the server's miscadmin.h: process, data folder, start, port, socket folder, address, shared memory, state.
        let lines = String(decoding: data, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
        guard lines.count > 7, lines[7].hasPrefix("ready"), let process = Int32(lines[0]), Int(lines[3]) != nil, lines[4].hasPrefix("/"),
            Glibc.kill(process, 0) == 0 || errno == EPERM
        else { return nil }
        return "postgresql://\(userName)@/\(percentEncoded(database))?host=\(percentEncoded(String(lines[4])))&port=\(lines[3])"
    }
}
