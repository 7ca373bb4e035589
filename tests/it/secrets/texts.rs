//! Texts that configure: every way in which a password is written under its name, and what is none.

use nhilint::secrets::engine;

const X: &str = "Tr0ub4dor-x9K";

/// The secrets that are found in the text of a configuration.
fn found(text: &str) -> Vec<String> {
    let hits = engine().config(text, &|_| false).into_iter();
    hits.map(|hit| text[hit.range].to_owned()).collect()
}

#[test]
fn passwords_stand_in_texts_of_many_kinds() {
    for text in [
        "{db: {password: X}}",
        "db: {user: a, password: 'X'}",
        "db: {\n  password: X }",
        "password : X",
        "//a.example/share /mnt cifs username=a,password=X,vers=3.0 0 0",
        "a: 1\n---\npassword: X",
        "password: |\n  X\nuser: a",
        "password: !!str X",
        "password: &pw X",
        "env:\n- name: DB_PASSWORD\n  value: X\n",
        "[{\"value\": \"X\", \"name\": \"DB_PASSWORD\"}]",
        "\"credentials\": [{\"type\": \"password\", \"value\": \"X\"}]",
        r#"{"config": "{\"db\": {\"password\": \"X\"}}"}"#,
        r#"{"a": "{\"b\": \"{\\\"password\\\": \\\"X\\\"}\"}"}"#,
        "db = { user = \"a\", password = \"X\" }",
        "provider \"x\" {\n  password = \"X\"\n}",
        "<a><password>X</password></a>",
        "<a><ns:password type='plain'>\n X\n</ns:password></a>",
        "<ds user=\"a\" password=\"X\"/>",
        "<property name=\"password\" value=\"X\"/>",
        "<entry key=\"db.password\">X</entry>",
        "<property>\n<name>fs.s3a.secret.key</name>\n<value>X</value>\n</property>",
        "<a><password><![CDATA[X]]></password></a>",
        "//registry.example/:_authToken=X",
        "machine example.org login me password X",
        "db:5432:shop:app:X",
        "define('DB_PASSWORD', 'X');",
        "$cfg['Servers'][$i]['password'] = 'X';",
        "array('user' => 'a', 'dbpassword' => 'X');",
        "requirepass \"X\"",
        "user app on >X ~* +@all",
        "proxy_set_header X-Api-Key X;",
        "user admin insecure-password X",
        "password=\\\n  X",
        "password = X ; why",
        "CREATE LOGIN app WITH PASSWORD = N'X'",
        "CREATE USER app IDENTIFIED BY \"X\"",
        "bindpw X",
        "olcRootPW: X",
        "PlainLoginModule required username=\"u\" password=\"X\";",
        "KafkaServer {\n  org.apache.kafka.PlainLoginModule required\n  user_alice=\"X\"\n  user_bob=\"$BOB\";\n};",
        "createUser monitor SHA \"X\" AES",
        "createUser -e 0x80001f8804 monitor SHA-256 \"$A\" AES X",
        "printf \"machine git.example login me password X\\n\" > ~/.netrc",
        "elasticsearch { user => \"a\" password => \"X\" }",
        "dsn: app:X@tcp(db:3306)/shop",
        "jdbc:oracle:thin:scott/X@//db:1521/x",
        "dsn: \"host=db password='X'\"",
        "\"app\" \"X\"",
        "Environment=\"DB_PASSWORD=X\"",
        "h1 ansible_user=a ansible_password=X",
        "0 3 * * * mysqldump -uroot -pX shop",
        "db.createUser({\n user: 'a', pwd: 'X', roles: []})",
        "password: ${DB_PASSWORD:-X}",
        "PASSWORD=${1:-X}",
        "password: ${DB_PASSWORD:X}",
        "password: {{ env \"X\" | default \"X\" }}",
    ] {
        let text = text
            .replace("\"X\" | default", "\"Y\" | default")
            .replace('X', X)
            .replace(&format!("{X}-Api-Key"), "X-Api-Key");
        assert_eq!(found(&text), [X], "{text}");
    }
}

#[test]
fn texts_about_passwords_hold_none() {
    for text in [
        "passwordPolicy: Strong9Rules\ntokenTTL: 3600s\npasswordFile: /run/secrets/pw",
        "a: 1\n# password: Tr0ub4dor-x9K",
        "password: \"\" # password: Tr0ub4dor-x9K",
        "password: ${DB_PASSWORD}\ntoken: $(TOKEN)\nsecret: {{ .Values.x }}",
        "token: ${file:/x/y:token}",
        "clientSecret: $dex.github.clientSecret",
        "password: vault:secret/data/x#pw",
        "password: ${PW:-}",
        "expr: kube_secret_info{secret=\"Some-Thing9\"} > 0",
        "proxy_set_header Authorization $http_authorization;",
        "ssl_certificate_key /etc/tls/tls.key;",
        "secretKey: password\naccessKey: AWS_ACCESS_KEY_ID",
        "{\"properties\": {\"password\": {\"type\": \"string\"}}}",
        "time: 10:30:00:a:b",
        "<password>${db.password}</password>",
        "<input type=\"password\" name=\"token\"/>",
        "docker login -p <password>\nmysql -p$PW",
        "printf \"machine git.example login me password %s\\n\" \"$PW\"",
        "createUser monitor SHA \"${SNMP_PASSWORD}\"",
        "createUser monitor",
        "user_alice=\"Tr0ub4dor-x9K\"",
        "pattern = %replace{%msg}{password=[^&]*}{password=XXX}",
        r"pattern = %replace{%msg}{(password=)\S+}{password=***}",
        r"s/password=.*/password=removed/",
        "[security]\nadmin_password = $__file{/etc/secrets/pw}\n[database]\npassword = $__env{DB_PW}",
        "production:\n  password: <%= ENV[\"DB_PASSWORD\"] %>",
        "auth.password = \"SECRET[backend.pw]\"",
        "password={{ .Data.data.password }}",
        "const token = req.headers.token; let password = getPassword();",
        "const password = getPassword();\nconst token = await fetchToken(user);",
        "generic_secret: {name: token, sds_config: {path: /etc/token.yaml}}",
        "awk '/^password=/{print}' a",
        "password: (set by sealed-secrets)",
        "api_key = ; none yet\npassword: # later\ntoken = // see the vault",
        "fetch(url, {credentials: 'include'}); fetch(url, {credentials: \"same-origin\"})",
        "password = keyring:db\ntoken = keyring:shop/api",
        "password=%d/db-password\ntoken = %h/.config/token",
        "type Mutation {\n  login(user: String!, password: String!): AuthToken!\n  token: AuthToken!\n}",
        "syntax = \"proto3\";\nmessage Login {\n  string password = 2;\n}",
        // What stands beside another name.
        "- name: A\n  value: Tr0ub4dor-x9K\n- name: DB_PASSWORD\n  valueFrom: {}",
        "[{\"value\": \"\", \"name\": \"DB_PASSWORD\"}, {\"value\": \"Tr0ub4dor-x9K\", \"name\": \"A\"}]",
        "<p><name>password</name></p><p><name>a</name><value>Tr0ub4dor-x9K</value></p>",
    ] {
        assert_eq!(found(text), Vec::<String>::new(), "{text}");
    }
}

#[test]
fn what_only_resembles_code_or_names_is_a_password() {
    for text in [
        "password = a.b; X",
        "password = ;X",
        "password = #X",
        "credentials: 'X'",
        "password = keyring:X",
        "password = %dX",
        "token = await X",
        "token = await f(X)",
        "password: {a: {name: X}}",
        "generic_secret: {name: token, a: {inline: X}}",
        "password: {a: {path: X}}",
    ] {
        let text = text.replace('X', X);
        assert!(found(&text).concat().contains(X), "{text}");
    }
}

#[test]
fn quotes_make_the_constants_of_a_program() {
    let found = |text: &str| {
        let hits = engine().program(text, &|_| false).into_iter();
        hits.map(|hit| text[hit.range].to_owned()).collect::<Vec<_>>()
    };
    for text in [
        "PASSWORD = \"X\"",
        "const API_TOKEN = 'X';",
        "private static final String PASSWORD = \"X\";",
        "password := \"X\"",
        "DATABASES = {'default': {'PASSWORD': 'X'}}",
        "os.environ['DB_PASSWORD'] = 'X'",
        "connect(host='a', password='X')",
        "System.setProperty(\"db.password\", \"X\");",
        "URI = 'postgresql://a:X@db/x'",
    ] {
        assert_eq!(found(&text.replace('X', X)), [X], "{text}");
    }
    for text in [
        "PASSWORD = os.environ['PW']",
        "token = get_token(x)",
        "const TOKEN = 'token';",
        "labels = {password: 'Password', secret: 'Secret key'}",
        "p.add_argument('--password', help='the password')",
    ] {
        assert_eq!(found(text), Vec::<String>::new(), "{text}");
    }
}

#[test]
fn what_kind_a_value_is_of_is_none() {
    for text in [
        "type User {\n  password: String!\n  token: ID\n}",
        "struct A { password: String, token: Option<String>, secret: Vec<u8> }",
        "interface A {\n  password: string;\n  secret: Buffer;\n}",
        "password: string & !=\"\"\ntoken: *null | string",
        "permissions:\n  id-token: write\n",
        "password: redact\ntoken: hash\n",
        "password = \"@{secretstore:pw}\"",
        "<pattern>%d %msg password=%X{password} %n</pattern>",
    ] {
        assert_eq!(found(text), Vec::<String>::new(), "{text}");
    }
    for text in ["password: stringent7", "token: write31", "password: 'text'", "password: hash|Tr0ub4dor-x9K"]
    {
        assert_eq!(found(text).len(), 1, "{text}");
    }
}

/// The same for files by their names.
fn found_in(name: &str, text: &str) -> Vec<String> {
    let hits = engine().file(name, text, &|_| false).into_iter();
    hits.map(|hit| text[hit.range].to_owned()).collect()
}

#[test]
fn what_looks_like_a_path_of_a_program_is_a_password_in_data() {
    for (name, text, password) in [
        ("app.yaml", "db: {password: winter.Snow, user: x}", "winter.Snow"),
        ("app.yml", "password: summer.Rain9", "summer.Rain9"),
        ("app.properties", "mail.password = Rain(9)x", "Rain(9)x"),
        ("app.ini", "password = rain[9]", "rain[9]"),
        (".env", "API_TOKEN=abc.defGh9", "abc.defGh9"),
        ("redis.conf", "requirepass w1llow.Tree", "w1llow.Tree"),
    ] {
        assert_eq!(found_in(name, text), [password], "{name}: {text}");
    }
    for (name, text) in [
        ("app.yaml", "password: settings.Password\ntoken: secrets.GITHUB_TOKEN\napiKey: Values.auth.Key1"),
        ("app.yaml", "password: config[\"x\"]\ntoken: fetchToken(user)\nsecret: java.lang.String"),
        ("app.yaml", "token: event.payload.Token1\npassword: db.userPassword"),
        ("app.py", "password = summer.Rain9"),
        ("app", "password = summer.Rain9"),
    ] {
        assert_eq!(found_in(name, text), [""; 0], "{name}: {text}");
    }
}

#[test]
fn values_stand_below_beside_and_within() {
    for text in [
        "db:\n  password:\n    X\nuser: a",
        "password = \"\"\"X\"\"\"",
        "password = \"\"\"\nX\"\"\"",
        "passwords: [X, $(PW), <pw>]",
        "smtpPasswords:\n- X\n- name: a",
        "\"apiKeys\": [\n  \"X\"\n]",
        "password: {value: X}",
        "\"Jwt\": {\n  \"Issuer\": \"shop\",\n  \"Key\": \"X\"\n}",
        "secureJsonData:\n  httpHeaderValue1: Bearer X",
        "keyauth_credentials:\n- key: X",
        "password_config:\n  enabled: true\n  pepper: \"X\"",
        "\"acl\": {\"tokens\": {\"agent\": \"X\"}}",
        "{\"type\": \"HS256\", \"key\": \"X\"}",
        "<property>\n<name>db.password</name>\n<description>\nLong words.\n</description>\n<value>X</value>\n</property>",
        "variable \"db_password\" {\n  type = string\n  default = \"X\"\n}",
        "PASSWORD = os.getenv(\"DB_PASSWORD\", \"X\")",
        "PASSWORD = os.environ.get('DB_PASSWORD', 'X')",
        "'password' => env('DB_PASSWORD', 'X'),",
        "stats auth admin:X",
        "listening-port=3478\nuser=guest:X",
        "[chttpd]\nport = 1\n[admins]\nann = X",
        "chpasswd:\n  expire: false\n  list: |\n    root:X\n    ann:RANDOM\nuser: a:b",
        "chpasswd: {list: \"root:X\", expire: false}",
        "Header Authorization Bearer X",
        "Header X-Api-Key X",
        "ann:$apr1$H6uskkkW$IgXLP6ewTrSuBkTrqE8wj\nbob:{PLAIN}X",
        "user default on nopass ~*\nuser app on >X +@all",
    ] {
        let text = text.replace('X', X).replace(&format!("{X}-Api-Key"), "X-Api-Key");
        let found: Vec<String> = found(&text).into_iter().filter(|value| !value.contains('$')).collect();
        assert_eq!(found, [X], "{text}");
    }
    assert_eq!(found("CREATE USER app IDENTIFIED BY Cliff57;\n"), ["Cliff57"]);
    assert_eq!(found("Driver={ODBC Driver 18};Uid=a;Pwd={Rook-78};"), ["Rook-78"]);
    assert_eq!(found("save_path = \"tcp://redis:6379?auth=Eider-88\""), ["Eider-88"]);
    let gossip = ["a1B2".repeat(10), "c3E=".to_owned()].concat();
    assert_eq!(found(&format!("\"encrypt\": \"{gossip}\"")), [gossip]);
    let part = "a1B2_".repeat(9);
    assert_eq!(found(&format!("{{\"kty\":\"EC\",\"x\":\"{part}\",\"d\":\"{part}\"}}")), [&*part]);
    assert_eq!(found(&format!("{{\"k\":\"{part}\",\"kty\":\"oct\"}}")), [part]);
}

#[test]
fn the_same_shapes_hold_other_things() {
    let part = "a1B2_".repeat(9);
    let public = format!("{{\"kty\":\"RSA\",\"n\":\"{part}\",\"e\":\"AQAB\"}}");
    for text in [
        "password:\n  secretKeyRef:\n    name: a",
        "password:\n  string\ntoken:\n  - a\nsecret:\n\nuser: a",
        "password:\n  required,\n  at least 8",
        "passwords: [$(PW), <pw>, hidden]\ntokens: [access, refresh]\napiKeys: [my-api-key]\nmaxTokens: [10000001]",
        "passwords:\n- name: a\n  secretName: b",
        "password = \"\"\"\nIt must have 8 signs.\n\"\"\"",
        "password: {value: string}\ntoken: {type: a, value: keyword}",
        "secret: {name: a, key: password}\nencryption: {key: name}\njwt: {key: issuer}",
        "secureJsonData: {password: $__file{/x}, httpHeaderValue1: Bearer ${TOKEN}}",
        "keyauth_credentials:\n- key: ${KEY}",
        "\"tokens\": {\"agent\": \"anonymous\", \"default\": \"${TOKEN}\"}",
        "tokens: {default: color1abc}",
        "{\"type\": \"RS256\", \"key\": \"Some-Key-9x\"}",
        "encrypt: true\nencrypt = \"aes256\"",
        "variable \"db_password\" {\n  type = string\n}\nvariable \"region\" {\n  default = \"Plain-9x\"\n}",
        "variable \"db_password\" {\n  default = \"\"\n}",
        "PASSWORD = os.getenv(\"DB_PASSWORD\", \"\")\nX = os.getenv(\"PASSWORD_FILE\", \"a-9x\")",
        "stats auth ${USER}:${PASSWORD}",
        "user=1000:1000\nuser=ann:Some-Thing9",
        "[admins]\nann = Some-Thing9",
        "[chttpd]\n[admins]\nann = -pbkdf2-0a1b2c3d4e5f,a1,10\n[log]\nlevel = Some-Thing9",
        "chpasswd:\n  expire: false\n  list: |\n    root:RANDOM\n    ann:${PW}\nssh: a:Some-Thing9",
        "chpasswd: false",
        "Header Authorization is required here\nheader token must be set",
        "Header Authorization Bearer ${TOKEN}\nHeader Authorization Bearer <token>",
        "Header set X-Frame-Options DENY9",
        "alter user app identified by values 'S:AA00';\nThe user is identified by name;",
        "create user app identified by &pw;\nalter user app identified by password expire;",
        "dsn = f\"Server={server};Uid={user};Pwd={pwd};\"\ndsn2 = \"Pwd={db-password};\"",
        "tcp://redis:6379?auth=${PW}",
        "a:{PLAIN}${PW}",
        "user default on nopass ~* &* +@all",
        "PASSWORD=${1:-}",
        &public,
    ] {
        assert_eq!(found(text), [""; 0], "{text}");
    }
}
