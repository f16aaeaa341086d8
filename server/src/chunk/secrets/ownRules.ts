import type { PublishedRule } from './findSecrets.ts'

/** Keys whose form their makers have published and that the list of `rules.json` lacks. */
export const OWN_RULES: readonly PublishedRule[] = [
  {
    id: 'aws-secret-access-key',
    regex: `[aA][wW][sS]_?[sS][eE][cC][rR][eE][tT]_?(?:[aA][cC][cC][eE][sS][sS]_?)?[kK][eE][yY]['"]?\\s{0,5}(?:=>|[:=])\\s{0,5}['"]?([A-Za-z0-9/+]{40})(?![A-Za-z0-9/+=])`,
    keywords: ['aws_secret', 'awssecret', 'aws_secretkey'],
    entropy: 4,
    allow: ['EXAMPLE'],
  },
  {
    id: 'azure-storage-account-key',
    regex: `AccountKey=([A-Za-z0-9+/]{86}==)`,
    keywords: ['accountkey='],
    entropy: 4,
    // The storage emulator's, which is the same for everybody.
    allow: ['^Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq'],
  },
  {
    id: 'azure-shared-access-key',
    regex: `SharedAccessKey=([A-Za-z0-9+/]{43}=)`,
    keywords: ['sharedaccesskey='],
    entropy: 3.5,
  },
  {
    id: 'sourcegraph-token',
    regex: `\\bsgp_(?:(?:[a-fA-F0-9]{16}|local)_)?[a-fA-F0-9]{40}\\b`,
    keywords: ['sgp_'],
    entropy: 3,
  },
]
