import { MusterHttp } from '../../../client/index.ts';
import { learnAbout } from '../phone/about.ts';
import { becomeTheOne } from '../phone/device.ts';
import { keepShell } from '../phone/install.ts';
import { keepOnDevice } from '../session.ts';
import { mount } from '../ui/mount.tsx';
import { SosPage } from './app.tsx';

keepOnDevice('sos');
becomeTheOne('sos');
void learnAbout(new MusterHttp(location.origin));
void keepShell('/sos');
mount(SosPage);
