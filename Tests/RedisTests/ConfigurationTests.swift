import Primitives
import Redis
import Testing

@Suite struct ConfigurationTests {
    @Test(
        arguments: [
            ("redis://localhost", RedisConfiguration.Endpoint.tcp(host: "localhost", port: 6379), nil, nil, 0),
            ("redis://10.0.0.1:7000/3", .tcp(host: "10.0.0.1", port: 7000), nil, nil, 3),
            ("redis://:pa%40ss@[::1]:7000/", .tcp(host: "::1", port: 7000), nil, "pa@ss", 0),
            ("REDIS://user:a:b@host", .tcp(host: "host", port: 6379), "user", "a:b", 0),
            ("redis+unix:///tmp/a%20b/redis.sock?db=2", .unix(path: "/tmp/a b/redis.sock"), nil, nil, 2),
            ("rediss://:p@host:7001/1?sslrootcert=/a", .tcp(host: "host", port: 7001), nil, "p", 1),
            ("redis+unix://u:p@/run/redis.sock", .unix(path: "/run/redis.sock"), "u", "p", 0),
        ] as [(String, RedisConfiguration.Endpoint, String?, String?, Int)])
    func `URLs are read`(
        _ url: String, _ endpoint: RedisConfiguration.Endpoint, _ user: String?, _ password: String?, _ database: Int
    ) throws {
        let configuration = try RedisConfiguration(url: url)
        #expect(configuration.endpoint == endpoint)
        #expect(configuration.username == user)
        #expect(configuration.password?.reveal() == password)
        #expect(configuration.database == database)
    }

    @Test(arguments: [
        ("localhost:6379", "scheme"), ("http://x", "scheme"), ("redis://:hunter2@host/0?sslrootcert=/a", "rediss"),
        ("rediss://h?ssl=1", "parameter"), ("rediss://h?sslrootcert=", "no value"),
        ("rediss://h?sslcert=/a", "both"), ("redis://", "host"),
        ("redis://h:0", "port"), ("redis://h:99999", "port"), ("redis://h:x", "port"), ("redis://h/x", "database"),
        ("redis://h/-1", "database"), ("redis://hunter2@h", "user"), ("redis://:hunter2%zz@h", "percent"), ("redis://[::1", "bracket"),
        ("redis+unix://host/path", "host"), ("redis+unix://", "path"), ("redis+unix:///p?x=1", "parameter"), ("redis://:%ff@h", "UTF-8"),
    ])
    func `wrong URLs are refused with the reason and without the secret`(_ url: String, _ word: String) {
        let error = #expect(throws: RedisError.self) { try RedisConfiguration(url: url) }
        #expect(error?.code == .configuration)
        #expect(error?.message.contains(word) == true)
        #expect(error?.debugDescription.contains("hunter2") == false)
    }

    @Test func `rediss means TLS, with the files of the URL`() throws {
        #expect(try RedisConfiguration(url: "redis://h").tls == nil)
        #expect(try RedisConfiguration(url: "redis+unix:///s").tls == nil)
        #expect(try RedisConfiguration(url: "rediss://h").tls == TLSConfiguration())
        let full = try RedisConfiguration(url: "rediss://h/0?sslrootcert=/a%20b.pem&sslcert=/c.pem&sslkey=/k.pem")
        #expect(full.tls == TLSConfiguration(authorityFile: "/a b.pem", certificateFile: "/c.pem", keyFile: "/k.pem"))
    }

    @Test func `a printed configuration does not show the password`() throws {
        let configuration = try RedisConfiguration(url: "redis://:hunter2@host")
        #expect(!String(reflecting: configuration).contains("hunter2"))
    }
}
