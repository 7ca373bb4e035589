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
