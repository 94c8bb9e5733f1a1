/**
 * What every pair leaves out unless it is switched off or let in again by a rule like `!*.part`. Only names that a program
 * makes for itself and that mean nothing once it has ended: leaving out one file that somebody wanted is worse than sending
 * a hundred that nobody needs. Therefore NOT here:
 * - `*~` and `*.bak`: the version before the last save, and perhaps the only one left;
 * - `*.tmp`, `*.temp`, `*.swp`: people and programs (SolidWorks) give these endings to work of theirs;
 * - `4913`: Vim's probe lives for a blink, which settling outlasts, while an invoice may well be called so;
 * - rsync's and Excel's temporary names: they can't be told from names that people give.
 */
export const builtInRules = `
# macOS: views of folders, resource forks beside files on foreign disks, what Finder and Spotlight keep on a volume
.DS_Store
._*
Icon[\r]
.AppleDouble/
.AppleDB/
.AppleDesktop/
.DocumentRevisions-V100/
.Spotlight-V100/
.TemporaryItems/
.Trashes/
.fseventsd/

# Windows: previews, views of folders, the bin
[Tt]humbs.db
[Tt]humbs.db:encryptable
ehthumbs.db
ehthumbs_vista.db
[Dd]esktop.ini
$RECYCLE.BIN/
System Volume Information/

# Linux: bins, what fsck found, views of folders (KDE), files deleted while open (NFS, FUSE)
.Trash-*/
lost+found/
.directory
.nfs0*
.fuse_hidden*

# Office programs: owner files and locks beside an open document, and what a save goes through (Microsoft, LibreOffice,
# Access, AutoCAD, InDesign)
~$*
~*.tmp
.~lock.*#
*.laccdb
*.dwl
*.dwl2
~*.idlk

# Editors: swap files (Vim, nano; Kate), locks and autosaves (Emacs), what a save goes through (GLib, JetBrains)
.*.sw[a-p]
.*.kate-swp
.#*
\\#*#
.goutputstream-*
*___jb_tmp___
*___jb_old___

# Downloads that are not finished: Firefox and others, Chrome and Edge, rclone and old Edge, Safari, Opera, WinSCP, aria2,
# qBittorrent, µTorrent
*.part
*.crdownload
*.partial
*.download
*.opdownload
*.filepart
*.aria2
*.!qB
*.!ut

# The state that other sync programs keep inside the folders they watch: Nextcloud and ownCloud, Dropbox, Syncthing
.sync_*.db*
._sync_*.db*
.csync_journal.db*
.owncloudsync.log*
.nextcloudsync.log*
.dropbox.cache/
.syncthing.*.tmp
`;
