/**
 * Whether a file of this path (relative to the folder, '/' between parts) holds secrets by its name or place: keys, tokens,
 * credentials of tools, histories of shells, stores of passwords, and copies of these. Case does not matter. Code about
 * such files (`id_rsa.py`, `secrets.ts`), templates of them (`.env.example`) and public halves (`id_rsa.pub`) do not count.
 */
export function isSecretPath(relativePath: string): boolean {
  const parts = relativePath.toLowerCase().split('/')
  const fileName = withoutCopyMarks(parts.pop()!)
  if (CODE.test(fileName) || TEMPLATE.test(fileName) || fileName.endsWith('.pub')) return false
  if (NAMES.has(fileName) || NAME_PATTERNS.some((pattern) => pattern.test(fileName))) return true
  if (ENVIRONMENT.test(fileName)) return !ENVIRONMENT_TEMPLATE.test(fileName)
  if (CREDENTIAL_DATA.test(fileName)) return !parts.includes('templates')
  if (parts.some((part) => SECRET_FOLDERS.has(part))) return true
  if (parts.length === 0) return false
  const place = `/${parts.join('/')}/${fileName}`
  return PLACES.some((pattern) => pattern.test(place))
}

/** `id_rsa.bak`, `.env~`, `credentials (copy).json`, `.netrc.swp` and `terraform.tfstate.backup` are what they are copies of. */
function withoutCopyMarks(fileName: string): string {
  const inner = fileName.replace(/ ?\((copy|\d+)\)| - copy| copy\b/, '')
  const plain = inner.replace(COPY_MARKS, '')
  return plain === '' || plain === '.' ? fileName : plain
}

const COPY_MARKS =
  /((\.(bak|backup|back|old|orig|save|saved|copy|tmp|temp|swp|swo|rej|disabled|off|\d{1,10})|[~#])){1,4}$/
const TEMPLATE = /[._-](examples?|samples?|templates?|tmpl|tpl|dist|j2|jinja2?|erb|mustache|hbs)(\.[a-z]{1,6})?$/

/** Also `prod.env`. */
const ENVIRONMENT = /^(\.env([._-].+)?|.+\.env(\.(json|ya?ml|local|\w*(dev|prod|test|stag)\w*))?|\.envrc(\..+)?)$/
const ENVIRONMENT_TEMPLATE = /[._-](defaults?|schema|types)$/
const CODE =
  /\.([cm]?[jt]sx?|py[iw]?|rb|go|rs|java|kts?|cs|fs|php|c|h|cc|cpp|hpp|swift|scala|clj|exs?|erl|hs|lua|pl|r|dart|vue|svelte|css|scss|html?|md|mdx|rst|adoc|asciidoc)$/

const words = (text: string) => new Set(text.trim().split(/\s+/))

const NAMES = words(`
  .netrc _netrc netrc .authinfo authinfo .pgpass pgpass.conf .my.cnf .mylogin.cnf .npmrc .yarnrc.yml .yarnrc .pypirc
  .htpasswd .htdigest htpasswd .git-credentials .gitcredentials git-credentials .gitcookies .vault-token .vault-pass
  .vault_pass .vault-password .vault_password .vault_pass.txt .vault-password.txt vault-token vault_pass.txt
  .dockercfg .dockerconfigjson kubeconfig kube.config kube-config kubeconfig.conf admin.conf.kube .kubeconfig
  .s3cfg .boto .passwd-s3fs .smbcredentials .smbpasswd .cifs .cifscredentials .credentials credentials _credentials
  .terraformrc terraform.rc credentials.tfrc.json application_default_credentials.json legacy_credentials
  .databrickscfg .snowsql .msmtprc .fetchmailrc .offlineimaprc .rclone.conf rclone.conf .ftpconfig .ftpaccess sftp-config.json
  .remote-sync.json filezilla.xml sitemanager.xml recentservers.xml winscp.ini kaggle.json .kaggle.json settings-security.xml
  accesstokens.json msal_token_cache.json .secret .secrets secret secrets .token .tokens .apikey .api_key .api-key .password
  .passwords passwords.txt password.txt passwords.csv .pass .passwd shadow gshadow master.key wallet.dat
  logins.json key3.db key4.db signons.sqlite cookies.sqlite cookies.txt .lesshst .viminfo .dbshell .wget-hsts
  fish_history consolehost_history.txt cqlsh_history .cqlsh_history .zhistory .histfile .octave_hist .rhistory
  login.keychain login.keychain-db .sentryclirc .jfrog-cli.conf .ngrok.yml ngrok.yml .vagrant_private_key .netlify-token
  .git-credential-cache .pip.conf .condarc_token .gemrc_credentials .openstackrc openrc .openrc clouds.yaml .travis.token
  id_rsa id_dsa id_ecdsa id_ed25519 id_ecdsa_sk id_ed25519_sk id_xmss
`)

const DATA = '(json|ya?ml|toml|ini|xml|csv|properties|conf|cfg|config|env|db|enc|txt|plist)'

const NAME_PATTERNS: readonly RegExp[] = [
  // Keys and stores of keys.
  /\.(pem|key|p12|pfx|pkcs12|pkcs8|p8|pk8|jks|jceks|keystore|truststore|bks|bcfks|kdb|kdbx|ppk|gpg|pgp|agekey|psafe3|keychain|keychain-db|ovpn|mobileprovision|provisionprofile|tblk|agilekeychain|opvault|1pux|1pif|enpass|sshkey|kubeconfig|kwallet|dbeaver-credentials|rdp)$/,
  /^([a-z0-9][\w.-]*[_-])?(rsa|dsa|ecdsa|ed25519)$/,
  /^id_(rsa|dsa|ecdsa|ed25519|xmss)[\w-]*(\.(txt|key|pem|priv|private|ppk))?$/,
  /^(ssh_host_\w+_key|(private|secret|server|client|signing|deploy|ssh)[_-]?key(\.(txt|der|b64|base64))?)$/,
  // Infrastructure.
  /\.tfstate$/,
  /\.tfvars(\.json)?$/,
  /^(.+[._-])?kubeconfig([._-].+)?\.(ya?ml|json|conf)$/,
  /^kubeconfig[._-][\w.-]+$/,
  // Accounts of clouds and of single sign-on.
  /^([\w.-]+[_-])?service[_-]?account[\w.-]*\.json$/,
  /^client[_-]?secrets?([._-].+)?\.json$/,
  /-firebase-adminsdk-[\w-]+\.json$/,
  /^(gcp|gcloud|google|aws|azure|firebase)[\w-]*[_-](key|keys|credentials?|creds|secrets?)\.(json|csv|ya?ml|txt)$/,
  /^(new_user_|root)?(credentials|accesskeys|rootkey|[\w-]+_accesskeys)\.csv$/,
  new RegExp(`^\\.?(vault|auth)[_-]?(token|pass(word)?s?)(\\.${DATA})?$`),
  // Histories of shells and of clients of databases.
  /^\.[\w-]+[_-](history|hist)$/,
]

/** Credentials as data; below a folder of templates (Helm's charts have one) it is code that will make such a file. */
const CREDENTIAL_DATA = new RegExp(`^([\\w.-]+[._-])?(credentials|creds|secrets?)(\\.${DATA}){1,2}$`)

/** All that is in them. */
const SECRET_FOLDERS = words('.ssh .gnupg .password-store .secrets .keychain .keychains')

const PLACES: readonly RegExp[] = [
  /\/\.kube\/(config|.+\.(conf|ya?ml|json)|cache\/.+|config[._-].+)$/,
  /\/\.docker\/(config|daemon|key|.*token.*)\.json$/,
  /\/\.aws\/(credentials|config|(cli|sso)\/.+|.+\.(ini|csv))$/,
  /\/\.azure\/(accesstokens|azureprofile|msal.+|service_principal.+|.*token.*)\.(json|bin|cache)$/,
  /\/\.config\/(gh|hub|glab-cli|rclone|doctl|op|sops|age|netlify|vercel|configstore|stripe|heroku|fly|flyctl|gcloud|containers|github-copilot)(\/.+)?$/,
  /\/\.config\/(hub|stripe|flyctl)(\.ya?ml|\.toml)?$/,
  /\/sops\/age\/keys\.txt$/,
  /\/\.oci\/.+$/,
  /\/\.(cargo|gem|pulumi|terraform\.d|chef|databricks|snowflake|snowsql|composer|codex|fly|netlify|vercel|heroku|kaggle|subversion|m2|huggingface|cloudflared|wrangler|ngrok2|jupyter|purple|irssi|weechat)\/(.*\/)?(credentials|credentials\..+|auth|auth\.json|config|config\.(ya?ml|json|toml|ini)|connections\.toml|settings\.xml|settings-security\.xml|accounts\.xml|token|tokens?\.json|stored_tokens|kaggle\.json|cert\.json)$/,
  /\/\.gradle\/gradle\.properties$/,
  /\/(gh|hub)\/hosts\.ya?ml$/,
  /\/(ethereum\/)?keystore\/utc--.+$/,
  /\/terraform\.tfstate\.d\/.+$/,
  /\/\.(mozilla|thunderbird)\/.+$/,
]
