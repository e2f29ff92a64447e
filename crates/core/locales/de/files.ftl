# Warum ein Dateiname oder Pfad nicht angenommen wird.
name-empty = Eine Datei braucht einen Namen.
name-dots = „.“ und „..“ sind keine Namen von Dateien oder Ordnern.
name-slash = Der Name enthält einen Schrägstrich.
name-nul = Der Name enthält ein Zeichen, das in keinem Dateinamen stehen darf.
name-too-long = Der Name ist zu lang: höchstens 255 Byte, etwa ebenso viele Buchstaben.
path-absolute = Der Pfad beginnt mit einem Schrägstrich; er muss mit einem Namen beginnen.
path-empty-segment = Der Pfad enthält einen Ordner ohne Namen.
path-too-long = Der Pfad ist zu lang: höchstens 1.024 Byte mit allen Ordnern.
path-too-deep = Der Pfad hat zu viele Ordner: höchstens 32 Ebenen.
