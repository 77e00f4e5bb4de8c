; Installs Semblance for the user who runs the installer, without administrator rights.
; packaging/windows_installer.py compiles it, and defines
;   VERSION        the version, as three numbers
;   PROGRAM        the folder with the frozen program
;   ICON           the icon of the installer
;   PICTURE_TYPES  a file with the macro EachPictureType
;   INSTALLER      the file to write

Unicode true
SetCompressor /SOLID lzma
ManifestDPIAware true
RequestExecutionLevel user

!include LogicLib.nsh
!include Integration.nsh
!include MUI2.nsh
!include WinVer.nsh
!include x64.nsh
!include "${PICTURE_TYPES}"

!define PUBLISHER "The Semblance authors"
!define UNINSTALL_KEY "Software\Microsoft\Windows\CurrentVersion\Uninstall\Semblance"
!define CLASSES "Software\Classes"
!define APPLICATION "${CLASSES}\Applications\semblance.exe"
!define PROGRAM_ID "Semblance.Picture"
!define CONTEXT_MENU "${CLASSES}\SystemFileAssociations\image\shell\Semblance"
!define SHORTCUT "$SMPROGRAMS\Semblance.lnk"
!define OPEN '"$INSTDIR\semblance.exe" "%1"'

Name "Semblance"
BrandingText "Semblance ${VERSION}"
OutFile "${INSTALLER}"
InstallDir "$LOCALAPPDATA\Programs\Semblance"
InstallDirRegKey HKCU "${UNINSTALL_KEY}" "InstallLocation"

VIProductVersion "${VERSION}.0"
VIFileVersion "${VERSION}.0"
VIAddVersionKey "CompanyName" "${PUBLISHER}"
VIAddVersionKey "FileDescription" "Installer of Semblance"
VIAddVersionKey "FileVersion" "${VERSION}"
VIAddVersionKey "LegalCopyright" "${PUBLISHER}"
VIAddVersionKey "ProductName" "Semblance"
VIAddVersionKey "ProductVersion" "${VERSION}"

Var Library

!define MUI_ICON "${ICON}"
!define MUI_UNICON "${ICON}"
!define MUI_FINISHPAGE_RUN "$INSTDIR\semblance.exe"
!define MUI_UNCONFIRMPAGE_TEXT_TOP "Semblance will be removed. Your photos stay, and so does your library in $Library."
!insertmacro MUI_PAGE_INSTFILES
!insertmacro MUI_PAGE_FINISH
!insertmacro MUI_UNPAGE_CONFIRM
!insertmacro MUI_UNPAGE_INSTFILES
!insertmacro MUI_LANGUAGE "English"

; Show a message, and end with status 2.
!macro Refuse MESSAGE
  MessageBox MB_ICONSTOP|MB_OK "${MESSAGE}" /SD IDOK
  SetErrorLevel 2
  Quit
!macroend

; Windows keeps the file of a running program from being opened for writing.
!macro RefuseIfRunning FILE ACTION
  ${If} ${FileExists} "$INSTDIR\${FILE}"
    ClearErrors
    FileOpen $0 "$INSTDIR\${FILE}" a
    ${If} ${Errors}
      !insertmacro Refuse "Semblance is running. Close it, and ${ACTION} again."
    ${EndIf}
    FileClose $0
  ${EndIf}
!macroend

!macro RemoveFolder FOLDER
  ${If} ${FileExists} "${FOLDER}\*.*"
    ClearErrors
    RMDir /r "${FOLDER}"
    ${If} ${Errors}
      !insertmacro Refuse "${FOLDER} cannot be removed. Restart Windows, and try again."
    ${EndIf}
  ${EndIf}
!macroend

; Only what the installer has written: the user may keep other files beside it.
!macro RemoveProgram
  !insertmacro RemoveFolder "$INSTDIR\_internal"
  !insertmacro RemoveFolder "$INSTDIR\licences"
  Delete "$INSTDIR\semblance.exe"
  Delete "$INSTDIR\semblance.com"
  Delete "$INSTDIR\uninstall.exe"
!macroend

!macro AddPictureType EXTENSION
  WriteRegStr HKCU "${APPLICATION}\SupportedTypes" "${EXTENSION}" ""
  WriteRegStr HKCU "${CLASSES}\${EXTENSION}\OpenWithProgids" "${PROGRAM_ID}" ""
!macroend

!macro RemovePictureType EXTENSION
  DeleteRegValue HKCU "${CLASSES}\${EXTENSION}\OpenWithProgids" "${PROGRAM_ID}"
  DeleteRegKey /ifempty HKCU "${CLASSES}\${EXTENSION}\OpenWithProgids"
  DeleteRegKey /ifempty HKCU "${CLASSES}\${EXTENSION}"
!macroend

Function .onInit
  ${IfNot} ${RunningX64}
  ${OrIfNot} ${AtLeastWin10}
    !insertmacro Refuse "Semblance needs Windows 10 or newer with 64 bits."
  ${EndIf}
  !insertmacro RefuseIfRunning "semblance.exe" "start the installer"
  !insertmacro RefuseIfRunning "semblance.com" "start the installer"
FunctionEnd

Section
  !insertmacro RemoveProgram
  SetOutPath "$INSTDIR"
  File /r "${PROGRAM}\*.*"
  WriteUninstaller "$INSTDIR\uninstall.exe"
  CreateShortcut "${SHORTCUT}" "$INSTDIR\semblance.exe" "" "" "" "" "" "Find the photos that look like a picture"

  WriteRegStr HKCU "${APPLICATION}" "FriendlyAppName" "Semblance"
  WriteRegStr HKCU "${APPLICATION}\DefaultIcon" "" "$INSTDIR\semblance.exe,0"
  WriteRegStr HKCU "${APPLICATION}\shell\open\command" "" '${OPEN}'
  WriteRegStr HKCU "${CLASSES}\${PROGRAM_ID}" "" "Picture"
  WriteRegStr HKCU "${CLASSES}\${PROGRAM_ID}\DefaultIcon" "" "$INSTDIR\semblance.exe,0"
  WriteRegStr HKCU "${CLASSES}\${PROGRAM_ID}\shell\open\command" "" '${OPEN}'
  WriteRegStr HKCU "${CONTEXT_MENU}" "" "Find similar photos"
  WriteRegStr HKCU "${CONTEXT_MENU}" "Icon" "$INSTDIR\semblance.exe,0"
  WriteRegStr HKCU "${CONTEXT_MENU}" "MultiSelectModel" "Single"
  WriteRegStr HKCU "${CONTEXT_MENU}\command" "" '${OPEN}'
  !insertmacro EachPictureType AddPictureType
  ${NotifyShell_AssocChanged}

  SectionGetSize 0 $0
  WriteRegStr HKCU "${UNINSTALL_KEY}" "DisplayName" "Semblance"
  WriteRegStr HKCU "${UNINSTALL_KEY}" "DisplayVersion" "${VERSION}"
  WriteRegStr HKCU "${UNINSTALL_KEY}" "Publisher" "${PUBLISHER}"
  WriteRegStr HKCU "${UNINSTALL_KEY}" "DisplayIcon" "$INSTDIR\semblance.exe,0"
  WriteRegStr HKCU "${UNINSTALL_KEY}" "InstallLocation" "$INSTDIR"
  WriteRegStr HKCU "${UNINSTALL_KEY}" "UninstallString" '"$INSTDIR\uninstall.exe"'
  WriteRegStr HKCU "${UNINSTALL_KEY}" "QuietUninstallString" '"$INSTDIR\uninstall.exe" /S'
  WriteRegDWORD HKCU "${UNINSTALL_KEY}" "EstimatedSize" $0
  WriteRegDWORD HKCU "${UNINSTALL_KEY}" "NoModify" 1
  WriteRegDWORD HKCU "${UNINSTALL_KEY}" "NoRepair" 1
SectionEnd

Function un.onInit
  ReadEnvStr $Library "SEMBLANCE_LIBRARY"
  ${If} $Library == ""
    StrCpy $Library "$LOCALAPPDATA\Semblance"
  ${EndIf}
  !insertmacro RefuseIfRunning "semblance.exe" "uninstall it"
  !insertmacro RefuseIfRunning "semblance.com" "uninstall it"
FunctionEnd

Section "Uninstall"
  !insertmacro RemoveProgram
  RMDir "$INSTDIR"
  Delete "${SHORTCUT}"
  DeleteRegKey HKCU "${APPLICATION}"
  DeleteRegKey HKCU "${CLASSES}\${PROGRAM_ID}"
  DeleteRegKey HKCU "${CONTEXT_MENU}"
  DeleteRegKey HKCU "${UNINSTALL_KEY}"
  !insertmacro EachPictureType RemovePictureType
  ${NotifyShell_AssocChanged}
  DetailPrint "Your photos and your library in $Library were not removed."
SectionEnd
