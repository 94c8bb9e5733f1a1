; "Upload with Boxcar" in Explorer's menu, of files and of folders, for this user alone (SHCTX is HKCU in a per-user install).
; Boxcar is started once per selected item; the first start takes them all.
!macro boxcarMenu KIND
  WriteRegStr SHCTX "Software\Classes\${KIND}\shell\Boxcar.Upload" "" "Upload with Boxcar"
  WriteRegStr SHCTX "Software\Classes\${KIND}\shell\Boxcar.Upload" "Icon" "$INSTDIR\${APP_EXECUTABLE_FILENAME},0"
  WriteRegStr SHCTX "Software\Classes\${KIND}\shell\Boxcar.Upload" "MultiSelectModel" "Player"
  WriteRegStr SHCTX "Software\Classes\${KIND}\shell\Boxcar.Upload\command" "" '"$INSTDIR\${APP_EXECUTABLE_FILENAME}" "%1"'
!macroend

!macro customInstall
  !insertmacro boxcarMenu "*"
  !insertmacro boxcarMenu "Directory"
  ; boxcar:// links: electron-builder has macOS and Linux told of them, but not Windows.
  WriteRegStr SHCTX "Software\Classes\boxcar" "" "URL:Boxcar"
  WriteRegStr SHCTX "Software\Classes\boxcar" "URL Protocol" ""
  WriteRegStr SHCTX "Software\Classes\boxcar\shell\open\command" "" '"$INSTDIR\${APP_EXECUTABLE_FILENAME}" "%1"'
!macroend

!macro customUnInstall
  DeleteRegKey SHCTX "Software\Classes\*\shell\Boxcar.Upload"
  DeleteRegKey SHCTX "Software\Classes\Directory\shell\Boxcar.Upload"
  DeleteRegKey SHCTX "Software\Classes\boxcar"
!macroend
